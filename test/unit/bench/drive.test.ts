import { once } from "node:events";
import { createServer, type Server } from "node:http";
import type { AddressInfo } from "node:net";
import { afterAll, beforeAll, expect, test } from "vitest";
import { drive } from "../../../tools/bench/load/drive.ts";
import type { LoadPlan } from "../../../tools/bench/load/types.ts";

let server: Server;
let plan: LoadPlan;
let requests = 0;
let connections = 0;

beforeAll(async () => {
  server = createServer((request, response) => {
    requests++;
    response.writeHead(request.url === "/bad" ? 503 : 200).end("x");
  });
  server.on("connection", () => connections++);
  server.listen(0, "127.0.0.1");
  await once(server, "listening");
  const url = `http://127.0.0.1:${(server.address() as AddressInfo).port}/`;
  plan = { sending: "keepAlive", url, atOnce: 4, rate: 200, time: 500 };
});

afterAll(() => {
  server.closeAllConnections();
  server.close();
});

const never = new AbortController().signal;

test("sends at the rate of the plan, on so many connections, and does not count those that open them", async () => {
  requests = connections = 0;
  const { starts, took, failed } = await drive(plan, never);
  expect(starts).toHaveLength(100);
  expect(took).toHaveLength(100);
  expect(failed).toBe(0);
  expect([requests, connections]).toEqual([104, 4]);
});

test("one-shot requests have a connection each", async () => {
  requests = connections = 0;
  await drive({ ...plan, sending: "oneShot" }, never);
  expect([requests, connections]).toEqual([104, 104]);
});

test("without a rate sends as much as is answered, until it is stopped", async () => {
  requests = 0;
  const stop = new AbortController();
  setTimeout(() => stop.abort(), 200);
  const { took } = await drive({ ...plan, rate: undefined, time: undefined }, stop.signal);
  expect(took.length).toBeGreaterThan(20);
  expect(requests).toBe(took.length + 4);
});

test("says what was not answered with 200", async () => {
  await expect(drive({ ...plan, url: `${plan.url}bad` }, never)).rejects.toThrow("status 503");
});
