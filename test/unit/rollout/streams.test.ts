import { once } from "node:events";
import { createServer, request, type IncomingMessage } from "node:http";
import type { AddressInfo } from "node:net";
import type { Duplex } from "node:stream";
import { afterAll, beforeAll, expect, it } from "vitest";
import { openEdge } from "../../../components/edge/dockerEdge.ts";
import type { Edge, ServerStatus } from "../../../components/edge/edge.ts";
import { parseStreams } from "../../../components/edge/streams.ts";
import { until } from "../../../components/until.ts";
import { EdgeContainer } from "../../support/edgeContainer.ts";

const backend = { routes: [{ path: "/" }], healthCheck: { path: "/", interval: 100, timeout: 1000 } };
const name = "web-h1-1:80";

/** A gateway whose replica streams, waits, fails, and takes WebSockets. */
const gateway = createServer((asked, response) => {
  if (asked.url === "/stream")
    response.writeHead(200, { "content-type": "text/event-stream" }).write("data: 1\n\n");
  else if (asked.url === "/slow") setTimeout(() => response.end(), 1_000);
  else if (asked.url === "/late") setTimeout(() => response.end(), 100);
  else if (asked.url === "/bad") response.writeHead(500).end();
  else response.end();
}).on("upgrade", (_, socket: Duplex) => {
  socket.write(
    "HTTP/1.1 101 Switching Protocols\r\nupgrade: websocket\r\nconnection: upgrade\r\n" +
      "sec-websocket-accept: s3pPLMBiTxaQ9kYGzzhZRbK+xOo=\r\n\r\n",
  );
  socket.on("error", () => {});
});

let container: EdgeContainer;
let edge: Edge;

beforeAll(async () => {
  container = await EdgeContainer.start();
  gateway.listen(0, "127.0.0.1");
  await once(gateway, "listening");
  const address = `127.0.0.1:${(gateway.address() as AddressInfo).port}`;
  edge = await openEdge(container.document, "web");
  await edge.declare(backend);
  await edge.add(backend, [{ name, address, healthCheckPath: "/" }]);
  await until(async () => (await seen()).health === "up", { within: 5_000, every: 20 });
  await edge.shift({ ready: [name], drain: [] });
}, 30_000);

afterAll(async () => {
  await edge.close();
  await container.remove();
  gateway.closeAllConnections();
  gateway.close();
});

async function seen(): Promise<ServerStatus> {
  const status = (await edge.servers())[0];
  if (!status) throw new Error("there is no server");
  return status;
}

function ask(path: string, headers: Record<string, string> = {}): ReturnType<typeof request> {
  const asked = request(container.url, { path, headers, agent: false }).on("error", () => {});
  asked.end();
  return asked;
}

it("an edge tells how many answers began and failed, and how long they took", async () => {
  for (const path of ["/late", "/late", "/bad"]) {
    const [response] = (await once(ask(path), "response")) as [IncomingMessage];
    response.resume();
    await once(response, "end");
  }
  const { requests, answers, errors, responseTime } = await seen();
  expect({ requests, answers, errors }).toEqual({ requests: 3, answers: 3, errors: 1 });
  expect(responseTime).toBeGreaterThan(40);
  expect(responseTime).toBeLessThan(120);
});

it("an edge tells answers that go on from requests that wait, and cuts the ones that it is told to", async () => {
  const waiting = ask("/slow");
  const stream = ask("/stream");
  const [events] = (await once(stream, "response")) as [IncomingMessage];
  events.on("error", () => {}).resume();
  const socket = ask("/socket", {
    connection: "upgrade",
    upgrade: "websocket",
    "sec-websocket-version": "13",
    "sec-websocket-key": "dGhlIHNhbXBsZSBub25jZQ==",
  });
  const [, upgraded] = (await once(socket, "upgrade")) as [IncomingMessage, Duplex];
  upgraded.on("error", () => {}).resume();

  expect((await seen()).active).toBe(3);
  expect(await edge.streams(["another:80"])).toEqual([]);
  const streams = await edge.streams([name]);
  expect(streams.map(({ server }) => server)).toEqual([name, name]);

  const cut = new Promise((resolve) => events.once("close", resolve));
  const ended = new Promise((resolve) => upgraded.once("close", resolve));
  await edge.cut(streams);
  await cut;
  await ended;
  expect(await edge.streams([name])).toEqual([]);
  expect((await seen()).active).toBe(1);
  // They are gone already.
  await edge.cut(streams);
  const [response] = (await once(waiting, "response")) as [IncomingMessage];
  expect(response.statusCode).toBe(200);
});

it("the age of a stream is in seconds", () => {
  const text = (age: string) =>
    `0x55d0: [25/Nov/2026:07:58:06.952898] id=1 proto=tcpv4 source=127.0.0.1:57350\n` +
    `  backend=service_web (id=3 mode=http) addr=127.0.0.1:52392\n  server=a:80 (id=1) addr=127.0.0.1:1\n` +
    `  task=0x7f90 (state=0x00 nice=0 calls=4 rate=0 exp=58s tmask=0x2 age=${age})\n` +
    `  txn=0x7f91 flags=0x3000 meth=1 status=200 req.st=MSG_DONE rsp.st=MSG_DATA req.f=0x4c rsp.f=0x0e\n`;
  const ages = ["2s", "1m3s", "2h10m", "3d4h"].flatMap((age) => parseStreams(text(age), "service_web"));
  expect(ages.map(({ age }) => age)).toEqual([2, 63, 7800, 273_600]);
  expect(parseStreams(text("2s"), "service_other")).toEqual([]);
});
