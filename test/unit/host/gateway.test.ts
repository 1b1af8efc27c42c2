import { Agent } from "node:http";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { until } from "../../../components/until.ts";
import { GatewayUnderTest, type GatewayQuestion } from "./gatewayUnderTest.ts";

const gateway = new GatewayUnderTest();
/** What names a replica's server. */
const replica = (part: string, port = 8080) => `${gateway.name(part)}:${port}`;

beforeAll(async () => {
  await gateway.start();
  await Promise.all([
    gateway.example("one"),
    gateway.example("two"),
    gateway.example("far", gateway.name("elsewhere")),
    gateway.witness("witness"),
  ]);
  for (const part of ["one", "two", "witness"]) await untilServed({ replica: replica(part) });
}, 30_000);
afterAll(() => gateway.remove());

async function untilServed(question: GatewayQuestion): Promise<void> {
  const served = async () => (await gateway.ask(question).catch(() => undefined))?.status === 200;
  expect(await until(served, { within: 10_000, every: 50 }), JSON.stringify(question)).toBe(true);
}

const answerOf = async (question: GatewayQuestion) => JSON.parse((await gateway.ask(question)).body).replica;

describe("a request with the key", () => {
  it("goes to the container that it names, also over one connection", async () => {
    const agent = new Agent({ keepAlive: true, maxSockets: 1 });
    for (const part of ["one", "two", "two", "one"]) {
      expect(await answerOf({ replica: replica(part), agent })).toBe(part);
      expect(await answerOf({ replica: replica(part), agent, method: "POST" })).toBe(part);
    }
    agent.destroy();
  });

  it("arrives without what is between edge and gateway", async () => {
    const {
      status,
      gateway: reason,
      body,
    } = await gateway.ask({ replica: replica("witness"), headers: { "x-other": "kept" } });
    expect(body).toMatch(/^x-other: kept/im);
    expect(body).not.toMatch(/x-gateway-key|x-replica|the right key/i);
    // Nor can a replica speak in the gateway's name.
    expect({ status, reason }).toEqual({ status: 200, reason: undefined });
  });

  it("goes to no container that is not there, or that does not listen, and the edge is told why", async () => {
    expect(await gateway.ask({ replica: replica("nobody") })).toMatchObject({
      status: 425,
      gateway: "unresolved",
    });
    expect(await gateway.ask({ replica: replica("one", 81) })).toMatchObject({
      status: 425,
      gateway: "refused",
    });
    const post = { replica: replica("one", 81), method: "POST" };
    expect(await gateway.ask(post)).toMatchObject({ status: 425, gateway: "refused" });
  });

  it("goes nowhere outside the network, whatever its name leads to", async () => {
    expect(await gateway.ask({ replica: replica("far") })).toMatchObject({ status: 403, gateway: "outside" });
    for (const name of ["localhost", "host.docker.internal", "one.example.com"]) {
      expect(await gateway.ask({ replica: `${name}:8080` })).toMatchObject({
        gateway: expect.stringMatching(/outside|unresolved/),
      });
    }
  });

  it("goes nowhere by an address, inside the network or outside", async () => {
    const addresses = [await gateway.address("far"), await gateway.address("one"), "127.0.0.1", "0.0.0.0"];
    for (const address of addresses) {
      expect(await gateway.ask({ replica: `${address}:8080` }), address).toMatchObject({
        gateway: expect.stringMatching(/outside|unresolved/),
      });
    }
  });

  it("does not lead to the gateway itself with the key", async () => {
    expect(await gateway.ask({ replica: replica("gateway", 7080) })).toMatchObject({ status: 403 });
  });

  it.each([
    "",
    "a b:80",
    "-a:80",
    "../a:80",
    "a/b:80",
    "%[env(PATH)]:80",
    "a;b:80",
    ":80",
    "a",
    "a:",
    "a:b",
    "a:80:80",
    "a:80, b:80",
    "[::1]:80",
  ])("goes nowhere with a name such as %j", async (name) => {
    expect(await gateway.ask({ headers: { "x-replica": name } })).toMatchObject({
      status: 404,
      gateway: "name",
    });
  });

  it("follows a container to another address", async () => {
    const agent = new Agent({ keepAlive: true, maxSockets: 1 });
    const question = { replica: replica("two"), agent };
    expect(await answerOf(question)).toBe("two");
    await gateway.move("two");
    const follows = async () => (await answerOf(question).catch(() => "")) === "two";
    expect(await until(follows, { within: 5_000, every: 50 })).toBe(true);
    for (let count = 0; count < 5; count++) expect(await answerOf(question)).toBe("two");
    agent.destroy();
  });
});

describe("a request with the key before", () => {
  it("goes to the container that it names, until the next new key", async () => {
    const question = { replica: replica("one"), key: gateway.formerKey };
    expect((await gateway.ask(question)).status).toBe(200);
  });
});

describe("a request without the key", () => {
  it.each([
    ["no key", { key: null }],
    ["another key", { key: "the wrong key" }],
    ["no more than the key's beginning", { key: "the right ke" }],
    ["more than the key", { key: "the right key " + "x" }],
    ["an empty key", { key: "" }],
  ])("goes nowhere with %s", async (_, change) => {
    const question = { replica: replica("witness"), path: "/without-key", ...change };
    expect(await gateway.ask(question)).toMatchObject({ status: 403, gateway: "key" });
    // Not even whether there is such a container is said.
    expect(await gateway.ask({ ...question, replica: replica("nobody") })).toMatchObject({
      status: 403,
      gateway: "key",
    });
    expect(await gateway.output("witness")).not.toContain("GET /without-key");
  });
});

describe("a request that is cut", () => {
  const asked = async (line: string) =>
    (await gateway.output("witness")).filter((each) => each === line).length;

  it("is done again when that does no harm", async () => {
    const answer = await gateway.ask({ replica: replica("witness"), path: "/cut?get" });
    expect(answer).toMatchObject({ status: 425, gateway: "cut" });
    expect(await asked("GET /cut?get")).toBe(2);
  });

  it("is done once when it could do harm", async () => {
    const answer = await gateway.ask({ replica: replica("witness"), path: "/cut?post", method: "POST" });
    expect(answer).toMatchObject({ status: 425, gateway: "cut" });
    expect(await asked("POST /cut?post")).toBe(1);
  });
});

// The last one: after it there is no gateway.
describe("a gateway that is told to stop", () => {
  it("tells the checks first, serves on, and finishes what it has", async () => {
    const check = { replica: replica("one"), headers: { "user-agent": "handover-check" } };
    const post = { replica: replica("one"), method: "POST", path: "/posts" };
    expect((await gateway.ask(check)).status).toBe(200);
    const idle = new Agent({ keepAlive: true, maxSockets: 1 });
    await gateway.ask({ replica: replica("one"), agent: idle });
    expect(Object.keys(idle.freeSockets)).toHaveLength(1);
    // Longer than it goes on to take connections.
    const long = gateway.ask({ replica: replica("one"), path: "/slow?ms=6000", method: "POST" });
    await gateway.stop();
    const leaves = async () => (await gateway.ask(check)).gateway === "leaving";
    expect(await until(leaves, { within: 2_000, every: 20 })).toBe(true);
    expect((await gateway.ask(post)).status).toBe(200);
    // What the edges have kept ends with an answer, so that nobody closes it under a request.
    const kept = new Agent({ keepAlive: true, maxSockets: 1 });
    expect((await gateway.ask({ ...post, agent: kept })).status).toBe(200);
    expect(kept.freeSockets).toEqual({});

    const refuses = async () => (await gateway.ask(post).catch(() => undefined)) === undefined;
    expect(await until(refuses, { within: 10_000, every: 50 })).toBe(true);
    // A connection that an edge has kept for all that time is good for one more request.
    expect((await gateway.ask({ ...post, agent: idle })).status).toBe(200);
    expect(idle.freeSockets).toEqual({});
    expect((await long).status).toBe(200);
    expect(await until(async () => !(await gateway.runs()), { within: 10_000, every: 50 })).toBe(true);
  }, 30_000);
});
