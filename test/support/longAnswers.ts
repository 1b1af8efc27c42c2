import { once } from "node:events";
import http from "node:http";
import { until } from "../../components/until.ts";
import { now } from "./load/types.ts";

/** An answer of the example application that goes on: a WebSocket, server-sent events, a large download. */
export interface LongAnswer {
  kind: "socket" | "events" | "download";
  /** The version that answers. */
  version: string;
  /** When it ended, in milliseconds since the epoch. */
  ended?: number;
  /** Whether it ended by itself, with everything that there was to send. */
  complete: boolean;
  /** Proves that it goes on: a message comes back, an event arrives. Of a download it takes all that is left. */
  use(): Promise<void>;
  close(): void;
}

/** How long an answer may take to begin, and a message to come back, in milliseconds. */
const answersWithin = 20_000;

export async function openSocket(url: string): Promise<LongAnswer> {
  const { response, socket } = await upgraded(url);
  const received: Buffer[] = [];
  const answer: LongAnswer = {
    kind: "socket",
    version: String(response.headers["x-version"]),
    complete: false,
    async use() {
      const before = Buffer.concat(received).length;
      // A text message "ping", masked with zeros.
      socket.write(Buffer.from([0x81, 0x84, 0, 0, 0, 0, ...Buffer.from("ping")]));
      const echoed = await until(
        async () => Buffer.concat(received).subarray(before).toString().includes("ping"),
        { within: answersWithin, every: 10 },
      );
      if (!echoed) throw new Error("a WebSocket did not send back what it got");
    },
    close: () => socket.destroy(),
  };
  socket.on("data", (part: Buffer) => received.push(part));
  socket.on("error", () => {});
  socket.on("close", () => (answer.ended = now()));
  return answer;
}

export async function openEvents(url: string): Promise<LongAnswer> {
  const { answer, response } = await begun("events", new URL("/events", url));
  response.resume();
  answer.use = async () => {
    await once(response, "data", { signal: AbortSignal.timeout(answersWithin) });
  };
  return answer;
}

/** A download whose client has stopped reading after the first bytes, until it is told to go on. */
export async function openDownload(url: string, megabytes: number): Promise<LongAnswer> {
  const { answer, response } = await begun("download", new URL(`/download?mb=${megabytes}`, url));
  let size = 0;
  response.on("data", (part: Buffer) => (size += part.length));
  response.pause();
  answer.use = async () => {
    response.resume();
    await until(async () => answer.ended !== undefined, { within: answersWithin, every: 10 });
    answer.complete = size === megabytes << 20;
  };
  return answer;
}

async function begun(
  kind: LongAnswer["kind"],
  url: URL,
): Promise<{ answer: LongAnswer; response: http.IncomingMessage }> {
  const request = http.get(url, { agent: false });
  const [response] = (await once(request, "response", {
    signal: AbortSignal.timeout(answersWithin),
  })) as [http.IncomingMessage];
  const answer: LongAnswer = {
    kind,
    version: String(response.headers["x-version"]),
    complete: false,
    use: async () => {},
    close: () => request.destroy(),
  };
  request.on("error", () => {});
  response.on("error", () => {});
  response.on("close", () => (answer.ended = now()));
  return { answer, response };
}

async function upgraded(url: string) {
  const request = http.get(new URL("/echo", url), {
    agent: false,
    headers: {
      connection: "upgrade",
      upgrade: "websocket",
      "sec-websocket-version": "13",
      "sec-websocket-key": "dGhlIHNhbXBsZSBub25jZQ==",
    },
  });
  const [response, socket] = (await once(request, "upgrade", {
    signal: AbortSignal.timeout(answersWithin),
  })) as [http.IncomingMessage, http.IncomingMessage["socket"]];
  return { response, socket };
}
