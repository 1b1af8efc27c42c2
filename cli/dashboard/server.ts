import { createHash } from "node:crypto";
import { readFileSync } from "node:fs";
import { createServer, type IncomingMessage, type Server, type ServerResponse } from "node:http";
import type { AddressInfo } from "node:net";
import path from "node:path";
import { fileURLToPath } from "node:url";
import { CliError, exitCode } from "../exit.ts";
import type { Snapshot, Source } from "./snapshot.ts";

const loopback = "127.0.0.1";
const page = new URL("page/", import.meta.url);
const library = new URL(".", import.meta.resolve("lit-html"));
const types: Record<string, string> = {
  ".html": "text/html; charset=utf-8",
  ".css": "text/css; charset=utf-8",
  ".js": "text/javascript; charset=utf-8",
  ".svg": "image/svg+xml",
};

/** All that is served, but for the events: nothing else on the disk can be asked for. */
const files: Record<string, URL> = {
  "/": new URL("index.html", page),
  ...Object.fromEntries(
    [
      "style.css",
      "icon.svg",
      "main.js",
      "hosts.js",
      "flow.js",
      "rollout.js",
      "charts.js",
      "plot.js",
      "words.js",
    ].map((name) => [`/${name}`, new URL(name, page)]),
  ),
  ...Object.fromEntries(
    ["lit-html.js", "directive.js", "directive-helpers.js", "directives/repeat.js"].map((name) => [
      `/lit-html/${name}`,
      new URL(name, library),
    ]),
  ),
};

/** How often a page that hears nothing else hears that the server is there, in milliseconds. */
const heartbeat = 5_000;

export interface DashboardServer {
  url: string;
  close(): Promise<void>;
}

/**
 * Serves the page and its events on loopback. Only reads, and only for pages of its own: a name that somebody's DNS
 * points at 127.0.0.1 is refused.
 * @param port 0 for any that is free
 * @throws CliError when the port is in use
 */
export async function serveDashboard(source: Source, { port }: { port: number }): Promise<DashboardServer> {
  const policy = contentPolicy();
  let hosts = new Set<string>();
  const server = createServer((request, response) => {
    response.setHeader("Content-Security-Policy", policy);
    response.setHeader("X-Content-Type-Options", "nosniff");
    response.setHeader("Referrer-Policy", "no-referrer");
    response.setHeader("Cross-Origin-Resource-Policy", "same-origin");
    response.setHeader("Cross-Origin-Opener-Policy", "same-origin");
    response.setHeader("Cache-Control", "no-store");
    if (!hosts.has(request.headers.host ?? "")) return refuse(response, 421, "not a name of this server");
    if (request.method !== "GET" && request.method !== "HEAD") {
      response.setHeader("Allow", "GET, HEAD");
      return refuse(response, 405, "this page only shows");
    }
    const { pathname } = new URL(request.url ?? "/", "http://dashboard");
    if (pathname === "/events") return sendEvents(source, request, response);
    const file = Object.hasOwn(files, pathname) ? files[pathname] : undefined;
    if (!file) return refuse(response, 404, "there is no such page");
    response.setHeader("Content-Type", types[path.extname(file.pathname)] ?? "application/octet-stream");
    response.end(request.method === "HEAD" ? undefined : readFileSync(file));
  });
  const bound = await listen(server, port);
  hosts = new Set([`${loopback}:${bound}`, `localhost:${bound}`]);
  return {
    url: `http://${loopback}:${bound}/`,
    close: () =>
      new Promise((resolve) => {
        server.close(() => resolve());
        server.closeAllConnections();
      }),
  };
}

function refuse(response: ServerResponse, status: number, why: string): void {
  response.writeHead(status, { "Content-Type": "text/plain; charset=utf-8" }).end(`${why}\n`);
}

/** First what was, then each snapshot as it comes. */
function sendEvents(source: Source, request: IncomingMessage, response: ServerResponse): void {
  response.writeHead(200, { "Content-Type": "text/event-stream" });
  if (request.method === "HEAD") return void response.end();
  const send = (event: string, data: unknown) => {
    response.write(`event: ${event}\ndata: ${JSON.stringify(data)}\n\n`);
  };
  const sendSnapshot = (snapshot: Snapshot) => {
    // A page that does not keep up is told the latest when it does.
    if (!response.writableNeedDrain) send("snapshot", snapshot);
  };
  response.write("retry: 1000\n\n");
  send("history", source.history);
  if (source.latest) sendSnapshot(source.latest);
  const stop = source.listen(sendSnapshot);
  const beat = setInterval(() => response.write(": here\n\n"), heartbeat);
  response.on("close", () => {
    stop();
    clearInterval(beat);
  });
}

function listen(server: Server, port: number): Promise<number> {
  return new Promise((resolve, reject) => {
    server.once("error", (error: NodeJS.ErrnoException) => {
      const problem = error.code === "EADDRINUSE" ? "something else listens there" : error.message;
      reject(
        new CliError(`port ${port} on ${loopback} cannot be used: ${problem}`, {
          code: exitCode.failed,
          next: "choose another one with --port, or any that is free with --port 0",
        }),
      );
    });
    server.listen(port, loopback, () => resolve((server.address() as AddressInfo).port));
  });
}

/** Scripts and styles of this server's own, the page's map of modules, and nothing else. */
function contentPolicy(): string {
  const html = readFileSync(fileURLToPath(files["/"]!), "utf8");
  const map = /<script type="importmap">([^]*?)<\/script>/.exec(html)?.[1] ?? "";
  const hash = createHash("sha256").update(map).digest("base64");
  return [
    "default-src 'none'",
    `script-src 'self' 'sha256-${hash}'`,
    ...["style-src", "connect-src", "img-src"].map((kind) => `${kind} 'self'`),
    ...["base-uri", "form-action", "frame-ancestors"].map((kind) => `${kind} 'none'`),
  ].join("; ");
}
