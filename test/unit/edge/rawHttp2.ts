import { connected } from "./raw.ts";

/** A frame of HTTP/2: RFC 9113, 4.1. */
function frame(type: number, flags: number, stream: number, payload: Buffer): Buffer {
  const head = Buffer.alloc(9);
  head.writeUIntBE(payload.length, 0, 3);
  head.writeUInt8(type, 3);
  head.writeUInt8(flags, 4);
  head.writeUInt32BE(stream, 5);
  return Buffer.concat([head, payload]);
}

/** A header as it stands, which no client library would send: a literal without indexing (RFC 7541, 6.2.2). */
function literal([name, value]: readonly [string, string]): Buffer {
  const text = (each: string) => {
    const bytes = Buffer.from(each, "latin1");
    if (bytes.length > 126) throw new Error(`too long for a length of one byte: ${each}`);
    return Buffer.concat([Buffer.from([bytes.length]), bytes]);
  };
  return Buffer.concat([Buffer.from([0]), text(name), text(value)]);
}

/**
 * Sends one request over HTTP/2, with these headers in this order, unchecked, and a body where one is given; waits for
 * whatever comes back, until the other side has ended the stream or the connection.
 */
export async function sendRawHttp2(
  port: number,
  headers: readonly (readonly [string, string])[],
  body?: string,
): Promise<void> {
  const socket = await connected(port);
  const ended = new Promise<void>((resolve) => {
    let received = Buffer.alloc(0);
    socket.on("data", (chunk: Buffer) => {
      received = Buffer.concat([received, chunk]);
      while (received.length >= 9) {
        const length = received.readUIntBE(0, 3);
        if (received.length < 9 + length) return;
        const [type, flags, stream] = [received[3]!, received[4]!, received.readUInt32BE(5)];
        received = received.subarray(9 + length);
        const endStream = type <= 1 && stream === 1 && (flags & 1) === 1;
        const reset = type === 3;
        const goAway = type === 7;
        if (endStream || reset || goAway) resolve();
      }
    });
    socket.on("close", () => resolve());
  });
  const endHeaders = 4;
  const endStream = 1;
  socket.write(
    Buffer.concat([
      Buffer.from("PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n"),
      frame(4, 0, 0, Buffer.alloc(0)),
      frame(1, endHeaders | (body === undefined ? endStream : 0), 1, Buffer.concat(headers.map(literal))),
      ...(body === undefined ? [] : [frame(0, endStream, 1, Buffer.from(body, "latin1"))]),
    ]),
  );
  await ended;
  socket.destroy();
}
