import http from "node:http";
import type { Socket } from "node:net";
import { now, type Kind, type Result } from "./types.ts";

export interface Request {
  kind: Kind;
  number: number;
  url: URL;
  method: "GET" | "POST";
  headers: Record<string, string>;
  /** `false` opens a connection for this request alone. */
  agent: http.Agent | false;
  /** In milliseconds, from the start to the last byte of the answer. */
  timeout: number;
  id?: string;
}

/** Sends one request. Never rejects: what went wrong is in the result. */
export async function send(request: Request): Promise<Result> {
  const { kind, number, id } = request;
  const start = now();
  try {
    const { status, headers, body } = await exchange(request);
    return { kind, number, id, start, end: now(), status, ...judge(status, headers, body, id) };
  } catch (error) {
    return { kind, number, id, start, end: now(), error: describe(error) };
  }
}

interface Answer {
  status: number;
  headers: http.IncomingHttpHeaders;
  body: string;
}

/** When the last answer on a connection was complete. */
const lastUsed = new WeakMap<Socket, number>();

function exchange({ url, method, headers, agent, timeout }: Request): Promise<Answer> {
  return new Promise((resolve, reject) => {
    const request = http.request(url, { method, headers, agent }, (response) => {
      let body = "";
      response.setEncoding("utf8");
      response.on("data", (part: string) => (body += part));
      response.on("end", () => {
        clearTimeout(timer);
        lastUsed.set(request.socket!, now());
        resolve({ status: response.statusCode ?? 0, headers: response.headers, body });
      });
      response.on("error", (error) => settle(new Error(`answer cut short: ${describe(error)}`)));
    });
    const settle = (error: Error) => {
      clearTimeout(timer);
      reject(error);
    };
    const timer = setTimeout(
      () => request.destroy(new Error(`no complete answer in ${timeout} ms`)),
      timeout,
    );
    let idle = "";
    request.on("socket", (socket) => {
      const since = lastUsed.get(socket);
      if (since !== undefined) idle = `, on a connection that was idle for ${Math.round(now() - since)} ms`;
    });
    request.on("error", (error) => settle(new Error(`${describe(error)}${idle}`)));
    request.end();
  });
}

function judge(
  status: number,
  headers: http.IncomingHttpHeaders,
  body: string,
  id: string | undefined,
): Pick<Result, "version" | "replica" | "host" | "error"> {
  const named = headers["x-version"];
  if (status !== 200)
    return { error: `status ${status}`, ...(typeof named === "string" && { version: named }) };
  const answer = parse(body);
  if (!answer) return { error: `not an answer of the example application: ${body.slice(0, 80)}` };
  const { version, replica, host } = answer;
  if (named !== version) {
    return { version, replica, host, error: `header says ${named}, body says ${version}` };
  }
  if (id !== undefined && answer.id !== id)
    return { version, replica, host, error: `answer to ${answer.id}, not to ${id}` };
  return { version, replica, host };
}

interface Body {
  version: string;
  replica: string;
  host?: string;
  id?: string;
}

function parse(body: string): Body | undefined {
  try {
    const answer = JSON.parse(body) as Record<string, unknown>;
    if (typeof answer.version !== "string" || typeof answer.replica !== "string") return undefined;
    return answer as unknown as Body;
  } catch {
    return undefined;
  }
}

function describe(error: unknown): string {
  if (!(error instanceof Error)) return String(error);
  const { code } = error as NodeJS.ErrnoException;
  return code && !error.message.includes(code) ? `${code}: ${error.message}` : error.message;
}
