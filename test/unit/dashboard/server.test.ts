import http from "node:http";
import { networkInterfaces } from "node:os";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { serveDashboard, type DashboardServer } from "../../../cli/dashboard/server.ts";
import { history, snapshot, SourceDouble } from "./scene.ts";

let source: SourceDouble;
let server: DashboardServer;

beforeAll(async () => {
  const now = snapshot();
  source = new SourceDouble(now, history(now, undefined));
  server = await serveDashboard(source, { port: 0 });
});

afterAll(() => server.close());

interface Answer {
  status: number | undefined;
  headers: http.IncomingHttpHeaders;
  body: string;
}

function ask(path: string, { method = "GET", ...options }: http.RequestOptions = {}): Promise<Answer> {
  return new Promise((resolve, reject) => {
    const request = http.request(
      new URL(path, server.url),
      { method, agent: false, ...options },
      (response) => {
        let body = "";
        response.setEncoding("utf8").on("data", (part: string) => (body += part));
        response.on("end", () => resolve({ status: response.statusCode, headers: response.headers, body }));
      },
    );
    request.on("error", reject).end();
  });
}

/** The first events, as many as are asked for. */
async function events(count: number, meanwhile = () => {}): Promise<{ event: string; data: unknown }[]> {
  const response = await fetch(new URL("/events", server.url));
  const found: { event: string; data: unknown }[] = [];
  let text = "";
  for await (const part of response.body!.pipeThrough(new TextDecoderStream())) {
    text += part;
    for (let end = text.indexOf("\n\n"); end !== -1; end = text.indexOf("\n\n")) {
      const fields = new Map(
        text
          .slice(0, end)
          .split("\n")
          .map((line) => line.split(/: (.*)/s) as [string, string]),
      );
      text = text.slice(end + 2);
      const event = fields.get("event");
      if (event) found.push({ event, data: JSON.parse(fields.get("data")!) });
      if (event && found.length === 2) meanwhile();
    }
    if (found.length >= count) return found;
  }
  return found;
}

describe("who may ask", () => {
  test("it listens on loopback only", async () => {
    const { port } = new URL(server.url);
    const others = Object.values(networkInterfaces()).flatMap((each) =>
      (each ?? []).filter(({ internal, family }) => !internal && family === "IPv4"),
    );
    expect(new URL(server.url).hostname).toBe("127.0.0.1");
    for (const { address } of others)
      await expect(fetch(`http://${address}:${port}/`)).rejects.toThrow("fetch failed");
  });

  test.each(["evil.example", "evil.example:80", "127.0.0.1", "127.0.0.1:1", "localhost.evil.example"])(
    "a page under the name %j is refused, whatever its DNS says",
    async (host) => {
      for (const path of ["/", "/events"]) {
        const { status, body } = await ask(path, { headers: { host } });
        expect(status).toBe(421);
        expect(body).not.toContain("shop");
      }
    },
  );

  test("the same under localhost is served", async () => {
    const { port } = new URL(server.url);
    expect((await ask("/", { headers: { host: `localhost:${port}` } })).status).toBe(200);
  });

  test.each(["POST", "PUT", "DELETE", "PATCH", "OPTIONS"])("%s is refused: it only shows", async (method) => {
    const { status, headers } = await ask("/", { method });
    expect(status).toBe(405);
    expect(headers.allow).toBe("GET, HEAD");
  });

  test.each([
    "/../server.js",
    "/%2e%2e/server.ts",
    "/package.json",
    "/page/index.html",
    "/constructor",
    "/lit-html/",
  ])("nothing but its own files: %s", async (path) => {
    expect((await ask(path)).status).toBe(404);
  });
});

test("everything that the page asks for is there, and may run", async () => {
  const { body, headers } = await ask("/");
  expect(headers["content-security-policy"]).toMatch(/default-src 'none'; script-src 'self' 'sha256-/);
  const asked = [...body.matchAll(/(?:src|href)="([^"#]+)"/g)].map(([, path = ""]) => path);
  expect(asked).toContain("main.js");
  for (const path of asked) expect(await ask(path)).toMatchObject({ status: 200 });
});

test("events: what was, what is, and then each news", async () => {
  const later = snapshot({ load: 99 });
  const [first, second, third] = await events(3, () => source.tell(later));
  expect(first).toMatchObject({ event: "history", data: { web: expect.any(Array) } });
  expect(second).toMatchObject({ event: "snapshot", data: { status: { project: "shop" } } });
  expect(third).toMatchObject({ event: "snapshot", data: { traffic: { web: { requests: 99 } } } });
});

test("a page that is closed is not told any more", async () => {
  await events(2);
  await expect.poll(() => source.audience).toBe(0);
});

test("a port that is in use: says so, and what to do", async () => {
  const port = Number(new URL(server.url).port);
  await expect(serveDashboard(source, { port })).rejects.toMatchObject({
    message: `port ${port} on 127.0.0.1 cannot be used: something else listens there`,
    next: expect.stringContaining("--port"),
  });
});
