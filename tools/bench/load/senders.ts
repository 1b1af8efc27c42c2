import { once } from "node:events";
import { connect } from "node:http2";
import { Client, WebSocket } from "undici";
import type { LoadPlan } from "./types.ts";

/** Sends one request after the other. */
export interface Sender {
  /** Resolves at the end of a good answer. */
  send(): Promise<void>;
  close(): void;
}

/** As many senders as a plan has requests at a time. */
export async function sendersOf({ sending, url, host, atOnce }: LoadPlan): Promise<Sender[]> {
  const target = new URL(url);
  const headers = { ...(host && { host }) };
  switch (sending) {
    case "http2":
      return http2Senders(target, headers, atOnce);
    case "webSocket":
      return Promise.all(Array.from({ length: atOnce }, () => webSocketSender(target)));
    default:
      return Array.from({ length: atOnce }, () => http1Sender(target, headers, sending === "oneShot"));
  }
}

function http1Sender(target: URL, headers: Record<string, string>, reset: boolean): Sender {
  const client = new Client(target.origin);
  const path = target.pathname;
  return {
    async send() {
      const { statusCode, body } = await client.request({ path, method: "GET", headers, reset });
      await body.arrayBuffer();
      if (statusCode !== 200) throw new Error(`status ${statusCode}`);
    },
    close: () => void client.destroy(),
  };
}

async function http2Senders(target: URL, headers: Record<string, string>, count: number): Promise<Sender[]> {
  const session = connect(target.origin);
  await once(session, "connect");
  const authority = headers.host ?? target.host;
  const send = async () => {
    const stream = session.request({ ":path": target.pathname, ":authority": authority });
    const response = once(stream, "response");
    stream.resume();
    await once(stream, "end");
    const [{ ":status": status }] = (await response) as [{ ":status": number }];
    if (status !== 200) throw new Error(`status ${status}`);
  };
  return Array.from({ length: count }, () => ({ send, close: () => session.destroy() }));
}

async function webSocketSender(target: URL): Promise<Sender> {
  const socket = new WebSocket(target.href.replace(/^http/, "ws"));
  await new Promise((resolve, reject) => {
    socket.addEventListener("open", resolve);
    socket.addEventListener("error", () => reject(new Error(`no WebSocket at ${target.href}`)));
  });
  return {
    send: () =>
      new Promise((resolve, reject) => {
        socket.addEventListener("message", () => resolve(), { once: true });
        socket.onclose = () => reject(new Error("the WebSocket was closed"));
        socket.send("as long as a message of a chat");
      }),
    close: () => socket.close(),
  };
}
