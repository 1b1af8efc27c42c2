import { once } from "node:events";
import { connect, type Socket } from "node:net";
import { pause } from "../../../components/until.ts";

export async function connected(port: number): Promise<Socket> {
  const socket = connect(port, "127.0.0.1");
  await once(socket, "connect");
  // The other side may close it at any time.
  socket.on("error", () => {});
  return socket;
}

/** How long a request that is not complete is left waiting for its rest, in milliseconds. */
const patience = 300;

/**
 * Sends these bytes, which are not checked in any way, and after the first answer, or some time, closes its own side.
 * @returns all that came back until the other side closed as well
 */
export async function sendRaw(port: number, bytes: string): Promise<string> {
  const socket = await connected(port);
  let received = "";
  socket.setEncoding("latin1").on("data", (text) => (received += text));
  const closed = new Promise((resolve) => socket.on("close", resolve));
  socket.write(bytes, "latin1");
  await Promise.race([new Promise((resolve) => socket.once("data", resolve)), closed, pause(patience)]);
  socket.end();
  await closed;
  return received;
}

/** The statuses of the answers in such a text. */
export function statuses(answers: string): number[] {
  return [...answers.matchAll(/^HTTP\/1\.\d (\d{3})/gm)].map(([, status]) => Number(status));
}

/** A request's head of these lines. */
export const head = (...lines: string[]) => `${lines.join("\r\n")}\r\n\r\n`;
