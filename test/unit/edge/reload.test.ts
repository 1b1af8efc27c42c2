import { Agent } from "node:http";
import { afterAll, afterEach, beforeAll, describe, expect, it } from "vitest";
import { EdgeError } from "../../../components/edge/edgeError.ts";
import { pause } from "../../../components/until.ts";
import { Asking } from "./ask.ts";
import { backendOf, EdgeUnderTest, eventually, host, see, untilBusy, untilHealthy } from "./edgeUnderTest.ts";

let edges: EdgeUnderTest;

beforeAll(async () => {
  edges = await EdgeUnderTest.start();
}, 30_000);
afterEach(() => edges.close());
afterAll(() => edges.remove());

describe("declare", () => {
  it("reloads only where something differs that the running edge cannot be told", async () => {
    const web = await edges.open("web");
    const backend = backendOf("web");
    const { healthCheck } = backend;
    expect((await edges.get("web")).status).toBe(404);
    expect(await web.declare(backend)).toBe(true);
    expect((await edges.get("web")).status).toBe(503);
    expect(await web.declare(backend)).toBe(false);
    expect(await web.declare({ ...backend, healthCheck: { ...healthCheck, path: "/other" } })).toBe(false);
    expect(await web.declare({ ...backend, healthCheck: { ...healthCheck, timeout: 500 } })).toBe(true);
    expect(await web.declare(backend)).toBe(true);
  });

  it("gives and takes routes without a reload", async () => {
    const web = await edges.open("web");
    const backend = backendOf("web");
    const at = async (name: string, path: string) => (await edges.ask({ host: name, path })).status;
    expect(await web.declare({ ...backend, routes: [...backend.routes, { path: "/routes" }] })).toBe(false);
    expect(await at("any.test", "/routes/x")).toBe(503);
    expect(await at("any.test", "/routesx")).toBe(404);
    expect(await web.declare(backend)).toBe(false);
    expect(await at("any.test", "/routes/x")).toBe(404);
    expect(await at(host("web"), "/")).toBe(503);
  });

  it("of two services at once brings both", async () => {
    const [one, two] = await Promise.all([edges.open("one"), edges.open("two")]);
    await Promise.all([one.declare(backendOf("one")), two.declare(backendOf("two"))]);
    expect([(await edges.get("one")).status, (await edges.get("two")).status]).toEqual([503, 503]);
  });

  it("keeps connections and their requests while it reloads", async () => {
    const [web, one] = await Promise.all([edges.open("web"), edges.open("one")]);
    await edges.serving(web, "web", "kept:80");
    await edges.serving(one, "one", "slow:80");
    edges.replica("slow:80", { takes: 500 });
    const slow = edges.get("one");
    await untilBusy(one);
    const agents = Array.from({ length: 5 }, () => new Agent({ keepAlive: true, maxSockets: 1 }));
    const asking = [...agents, undefined].map(
      (agent) => new Asking(edges.container.url, { host: host("web"), agent }),
    );
    expect(await (await edges.open("new")).declare(backendOf("new"))).toBe(true);
    expect(await slow).toMatchObject({ status: 200, body: "slow:80" });
    for (const each of asking) expect(new Set(await each.stop())).toEqual(new Set(["200 kept:80"]));
    for (const agent of agents) agent.destroy();
  });

  it("waits while another service's rollout has servers that a reload would forget", async () => {
    const web = await edges.open("web");
    await web.holdReloads();
    await web.add(backendOf("web"), [edges.server("not-yet:80")]);
    const waiting = (await edges.open("waiting")).declare(backendOf("waiting"));
    await pause(300);
    expect((await edges.get("waiting")).status).toBe(404);
    expect(await see(web)).toContain("not-yet:80");
    // The other rollout ends, however it ends.
    await web.close();
    expect(await waiting).toBe(true);
    expect((await edges.get("waiting")).status).toBe(503);
  });
});

describe("a crash", () => {
  it("comes back with what is committed, and with nothing that was seen before", async () => {
    const web = await edges.open("web");
    await edges.serving(web, "web", "a:80", "sick:80");
    await web.add(backendOf("web"), [edges.server("not-yet:80")]);
    await web.shift({ ready: [], drain: ["a:80"] });
    edges.replica("sick:80", { healthy: false });
    await edges.container.crash();
    await expect(web.servers()).rejects.toThrow(EdgeError);

    const after = await edges.open("web");
    expect(await see(after, "admin")).toEqual(["a:80 ready", "sick:80 ready"]);
    const seen = new Set<string>();
    await eventually("down", async () => {
      const health = (await after.servers()).find(({ name }) => name === "sick:80")?.health ?? "gone";
      seen.add(health);
      return health === "down";
    });
    expect(seen).not.toContain("up");
    await untilHealthy(after, "a:80");
    expect((await edges.get("web")).body).toBe("a:80");
    expect(await after.declare(backendOf("web"))).toBe(false);
  });
});

describe("an edge that is replaced", () => {
  it("finishes what it has and ends, and the new one serves the committed set", async () => {
    const before = await edges.open("web");
    await before.remove(await see(before));
    await edges.serving(before, "web", "web:80");
    const old = edges.container.document.container;
    edges.replica("web:80", { takes: 800 });
    const slow = edges.get("web");
    await untilBusy(before);
    edges.replica("web:80");
    await edges.container.startContainer();
    const web = await edges.open("web");
    expect(await web.declare(backendOf("web"))).toBe(false);
    expect(await edges.container.isRunning(old)).toBe(false);
    expect(await slow).toMatchObject({ status: 200, body: "web:80" });
    expect(await see(web, "admin")).toEqual(["web:80 ready"]);
    await untilHealthy(web, "web:80");
    expect((await edges.get("web")).body).toBe("web:80");
  });
});
