import { afterAll, afterEach, beforeAll, describe, expect, it } from "vitest";
import type { Edge } from "../../../components/edge/edge.ts";
import { pause } from "../../../components/until.ts";
import { GatewayDouble } from "../../support/gatewayDouble.ts";
import { Asking } from "./ask.ts";
import { backendOf, EdgeUnderTest, eventually, host, see, untilBusy, untilHealthy } from "./edgeUnderTest.ts";

const service = "web";
const backend = backendOf(service);

let edges: EdgeUnderTest;
let edge: Edge;

beforeAll(async () => {
  edges = await EdgeUnderTest.start();
  edge = await edges.open(service);
  await edge.declare(backend);
}, 30_000);
afterEach(async () => edge.remove(await see(edge)));
afterAll(() => edges.remove());

describe("add", () => {
  it("brings servers that are checked, each at its own path, and get no traffic", async () => {
    await edges.serving(edge, service, "old:80");
    edges.replica("new:80");
    await edge.add(backend, [edges.server("new:80", { healthCheckPath: "/new?deep=1" })]);
    expect(await see(edge, "admin")).toEqual(["old:80 ready", "new:80 drain"]);
    await untilHealthy(edge, "new:80");
    expect(edges.gateway.checks.get("old:80")).toEqual(new Set(["/healthz"]));
    expect(edges.gateway.checks.get("new:80")).toEqual(new Set(["/new?deep=1"]));
    for (let count = 0; count < 10; count++) expect((await edges.get(service)).body).toBe("old:80");
  });

  it("again changes nothing", async () => {
    await edges.serving(edge, service, "a:80", "b:80");
    await edge.shift({ ready: [], drain: ["b:80"] });
    await edge.add(backend, [edges.server("a:80"), edges.server("b:80")]);
    expect(await see(edge, "admin", "health")).toEqual(["a:80 ready up", "b:80 drain up"]);
  });

  it("brings back what an interrupted removal has left behind", async () => {
    await edges.serving(edge, service, "left:80");
    await edges.container.runtime("set server service_web/left:80 state maint");
    expect(await see(edge, "admin")).toEqual(["left:80 maint"]);
    await edge.add(backend, [edges.server("left:80")]);
    await untilHealthy(edge, "left:80");
    expect(await see(edge, "admin")).toEqual(["left:80 drain"]);
  });

  it("moves a server whose gateway has another address", async () => {
    await edges.serving(edge, service, "moved:80");
    const other = await new GatewayDouble(edges.container.key).start();
    other.replicas.set("moved:80", {});
    await edge.add(backend, [edges.server("moved:80", { address: other.address })]);
    expect(await see(edge, "address")).toEqual([`moved:80 ${other.address}`]);
    await edges.get(service);
    expect(other.requests).toHaveLength(1);
    other.stop();
  });

  it("takes as many servers as a service may have", async () => {
    const names = Array.from({ length: 200 }, (_, index) => `web-host-${index}-1a2b3c4:8080`);
    await edge.add(
      backend,
      names.map((name) => edges.server(name)),
    );
    await edge.shift({ ready: names, drain: [] });
    expect(await see(edge, "admin")).toEqual(names.map((name) => `${name} ready`));
    await edge.remove(names);
    expect(await see(edge)).toEqual([]);
  });
});

describe("a server", () => {
  it.each([
    ["is not well", (gateway: GatewayDouble) => void gateway.replicas.set("late:80", { healthy: false })],
    ["takes no more connections", (gateway: GatewayDouble) => gateway.leave()],
  ])("that %s finishes what it has", async (_, change) => {
    const gateway = await new GatewayDouble(edges.container.key).start();
    gateway.replicas.set("late:80", { takes: 5_000 });
    await edge.add(backend, [edges.server("late:80", { address: gateway.address })]);
    await untilHealthy(edge, "late:80");
    await edge.shift({ ready: ["late:80"], drain: [] });
    const answer = edges.ask({ host: host(service), method: "POST" });
    // Arrived, not only sent: a server that closes takes a connection for idle whose request it has not read yet.
    await eventually("it has arrived", async () => gateway.requests.length === 1);
    change(gateway);
    await eventually("it is down", async () => (await see(edge, "health"))[0] === "late:80 down");
    expect((await answer).status).toBe(200);
    gateway.stop();
  });

  it("is never up while its replica does not answer well", async () => {
    edges.replica("sick:80", { healthy: false });
    const off = edges.server("off:80", { address: "127.0.0.1:1" });
    await edge.add(backend, [edges.server("sick:80"), edges.server("gone:80"), off]);
    const seen = new Set<string>();
    await eventually("all down", async () => {
      const servers = await edge.servers();
      for (const { health } of servers) seen.add(health);
      return servers.every(({ health }) => health === "down");
    });
    expect(seen).not.toContain("up");
    const words = (await edge.servers()).map(({ lastCheck }) => lastCheck.replace(/ after \d+ ms/, ""));
    expect(words).toEqual([
      expect.stringMatching(/^HTTP 500|not passed$/),
      "the gateway finds no running container of this name",
      // While a check is on its way, HAProxy has forgotten the words of the one before.
      expect.stringMatching(/^the gateway does not accept connections(: Connection refused)?$/),
    ]);
    // Nor is it for being told to take traffic, and to take none again.
    await edge.shift({ ready: ["sick:80"], drain: [] });
    await edge.shift({ ready: [], drain: ["sick:80"] });
    expect(await see(edge, "health")).toContain("sick:80 down");
    edges.replica("sick:80");
    await untilHealthy(edge, "sick:80");
  });
});

describe("shift", () => {
  it("moves all the traffic in one step, and loses no request", async () => {
    await edges.serving(edge, service, "old-1:80", "old-2:80");
    await edges.staged(edge, service, "new-1:80", "new-2:80");
    const asking = Array.from({ length: 4 }, () => new Asking(edges.container.url, { host: host(service) }));
    await pause(100);
    const step = { ready: ["new-1:80", "new-2:80"], drain: ["old-1:80", "old-2:80"] };
    await edge.shift(step);
    await edge.shift(step);
    await pause(100);
    for (const each of asking) {
      const versions = (await each.stop()).map((answer) => /^200 (old|new)-/.exec(answer)?.[1] ?? answer);
      expect(new Set(versions)).toEqual(new Set(["old", "new"]));
      expect(versions.lastIndexOf("old")).toBeLessThan(versions.indexOf("new"));
    }
    expect(await see(edge, "admin")).toEqual([
      "old-1:80 drain",
      "old-2:80 drain",
      "new-1:80 ready",
      "new-2:80 ready",
    ]);
  });
});

describe("counters", () => {
  it("tell what was asked, what was answered, and what failed", async () => {
    await edges.serving(edge, service, "a:80");
    const before = await edge.counters();
    for (let count = 0; count < 5; count++) await edges.get(service);
    await eventually("five requests and answers", async () => {
      const { requests, answers, failures, pending } = await edge.counters();
      expect(failures).toBe(before.failures);
      return requests - before.requests === 5 && answers - before.answers === 5 && pending === 0;
    });
    expect((await edge.servers())[0]).toMatchObject({ requests: 5, errors: 0, active: 0 });
    edges.replica("a:80", { fails: "cut" });
    // A newer HAProxy closes the connection without a word, so that it is the client who decides to try again.
    const failed = await edges.ask({ host: host(service), method: "POST" }).catch(() => undefined);
    expect(failed?.status ?? 502).toBe(502);
    await eventually("one failure", async () => (await edge.counters()).failures - before.failures === 1);
  });
});

describe("remove", () => {
  it("takes servers out, where they are there, and their checks with them", async () => {
    await edges.serving(edge, service, "a:80", "b:80");
    for (let count = 0; count < 4; count++) await edges.get(service);
    await edge.remove(["a:80", "unknown:80"]);
    await edge.remove(["a:80"]);
    expect(await see(edge, "admin")).toEqual(["b:80 ready"]);
    expect(await edges.container.runtime("show map web.checks")).not.toContain("a:80");
    expect((await edges.get(service)).body).toBe("b:80");
  });

  it("cuts what is left", async () => {
    await edges.serving(edge, service, "a:80");
    edges.replica("a:80", { takes: 10_000 });
    const cut = edges.get(service).then(
      ({ status }) => status,
      () => "closed",
    );
    await untilBusy(edge);
    await edge.remove(["a:80"]);
    expect(await see(edge)).toEqual([]);
    expect([502, 503, "closed"]).toContain(await cut);
  });
});

describe("commit", () => {
  const files = () => edges.container.exec("sh", "-c", "cd /var/lib/handover/current && cat *");

  it("of what HAProxy refuses leaves everything as it is", async () => {
    await edges.serving(edge, service, "a:80");
    const before = await files();
    const twice = [edges.server("twice:80"), edges.server("twice:80")];
    await expect(edge.commit(backend, twice)).rejects.toThrow(/^edge on h1: [^]*twice:80/);
    expect(await files()).toBe(before);
    expect((await edges.get(service)).status).toBe(200);
    await edge.commit(backend, [edges.server("a:80")]);
    expect(await files()).toBe(before);
  });

  it("of several services at once keeps them all", async () => {
    const names = Array.from({ length: 4 }, (_, index) => `twin-${index}`);
    await Promise.all(names.map(async (name) => (await edges.open(name)).commit(backendOf(name), [])));
    const committed = await edges.container.exec("ls", "/var/lib/handover/current/");
    for (const name of names) expect(committed).toContain(`${name}.cfg`);
  });
});

describe("a request whose replica does not answer", () => {
  it.each([
    ["cut", 502],
    ["unresolved", 503],
  ] as const)("goes to another one when it may be done twice (%s)", async (fails, status) => {
    await edges.serving(edge, service, "bad:80", "good:80");
    edges.replica("bad:80", { fails });
    for (const method of ["GET", "HEAD", "PUT", "DELETE", "OPTIONS", "GET", "PUT"]) {
      const body = method === "PUT" ? "x" : undefined;
      expect((await edges.ask({ host: host(service), method, body })).status, method).toBe(200);
    }
    const path = `/post-${fails}`;
    const statuses = [];
    for (let count = 0; count < 4; count++) {
      const question = { host: host(service), method: "POST", body: "x", path };
      // A newer HAProxy closes the connection without a word where the replica did.
      const answer = await edges.ask(question).catch(() => ({ status: 502, headers: {} }));
      expect(answer.headers).not.toHaveProperty("x-gateway");
      statuses.push(answer.status);
    }
    // Half of them came to the bad one, and none of those to another one as well.
    expect(statuses.sort()).toEqual([200, 200, status, status]);
    expect(edges.gateway.at(path)).toHaveLength(4);
  });
});

describe("retire", () => {
  it("takes the route at once, lets requests finish, and leaves nothing behind", async () => {
    await edges.serving(edge, service, "a:80");
    edges.replica("a:80", { takes: 300 });
    const slow = edges.get(service);
    await untilBusy(edge);
    const retired = edge.retire(5_000);
    await eventually("no route", async () => (await edges.get(service)).status === 404);
    await retired;
    expect((await slow).status).toBe(200);
    expect(await see(edge)).toEqual([]);
    expect(await edges.container.exec("ls", "/var/lib/handover/current/")).not.toContain("web");
    await edge.retire(5_000);
  });

  it("of a service that was never declared does nothing", async () => {
    const never = await edges.open("never");
    await never.retire(1_000);
    expect(await never.servers()).toEqual([]);
  });
});

describe("a gateway that dies with most of the replicas behind it", () => {
  it("costs no request that may be repeated", async () => {
    // Another test has retired it.
    await edge.declare(backend);
    await edges.serving(edge, service, "x:80", "y:80");
    const dying = await new GatewayDouble(edges.container.key).start();
    const names = ["a:80", "b:80", "c:80"];
    for (const name of names) dying.replicas.set(name, { takes: 300 });
    await edge.add(
      backend,
      names.map((name) => edges.server(name, { address: dying.address })),
    );
    await untilHealthy(edge, ...names);
    await edge.shift({ ready: names, drain: [] });
    const asked = Array.from({ length: 40 }, () => edges.get(service));
    await eventually("some are on their way", async () => dying.requests.length >= 6);
    dying.stop();
    asked.push(...Array.from({ length: 40 }, () => edges.get(service)));
    const bodies = (await Promise.all(asked)).map(({ body }) => body);
    expect(bodies.filter((body) => !["x:80", "y:80"].includes(body))).toEqual([]);
  });
});
