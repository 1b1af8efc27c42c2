import { afterAll, afterEach, beforeAll, describe, expect, it } from "vitest";
import type { Edge } from "../../../components/edge/edge.ts";
import type { Hold } from "../../../components/edge/holds.ts";
import { HeldService } from "../../../components/edge/maintenance.ts";
import { backendOf, EdgeUnderTest, eventually, host, untilHealthy } from "./edgeUnderTest.ts";

let edges: EdgeUnderTest;
let web: Edge;
let held: HeldService;

beforeAll(async () => {
  edges = await EdgeUnderTest.start();
  const first = await edges.open("web");
  await first.declare(backendOf("web"));
  await edges.serving(first, "web", "a:80");
  const other = await edges.open("other");
  await other.declare(backendOf("other"));
  await edges.serving(other, "other", "b:80");
  await edges.close();
}, 60_000);
afterEach(async () => {
  await set(undefined);
  await held.close();
  await edges.close();
});
afterAll(() => edges.remove());

async function open(): Promise<void> {
  held = new HeldService(edges.container.document, "web");
  web = await edges.open("web");
}

const set = (hold: Hold | undefined, service = held) => service.change(() => hold);

async function pausedFor(seconds: number, most = 100): Promise<void> {
  const { now } = await held.waiting();
  await set({ kind: "pause", ends: now + seconds, most });
}

const status = async (service = "web") => (await edges.get(service)).status;
const waiting = async () => (await held.waiting()).requests;
const untilWaiting = (requests: number) =>
  eventually(`${requests} requests wait`, async () => (await waiting()) === requests);
const maintenance: Hold = { kind: "maintenance", retryAfter: 120 };

describe("maintenance", () => {
  it("answers 503 with Retry-After and a page that says so, for this service alone, until it is over", async () => {
    await open();
    await set(maintenance);
    const answer = await edges.get("web");
    expect(answer).toMatchObject({ status: 503, headers: { "retry-after": "120" } });
    expect(answer.body).toContain("Under maintenance");
    expect(await status("other")).toBe(200);
    await set(undefined);
    expect(await status()).toBe(200);
  });

  it("says in the edge's log why the request was not handed on", async () => {
    await open();
    await set(maintenance);
    await edges.ask({ host: host("web"), path: "/in-maintenance" });
    const line = (await edges.container.logs()).split("\n").find((each) => each.includes("in-maintenance"));
    expect(JSON.parse(line ?? "{}")).toMatchObject({ status: 503, hold: "maintenance:120" });
  });

  it("outlives a reload, a crash and the replacement of the edge", async () => {
    await open();
    await set(maintenance);
    expect(await (await edges.open("third")).declare(backendOf("third"))).toBe(true);
    expect(await status()).toBe(503);
    await edges.container.crash();
    await edges.close();
    await held.close();
    await open();
    expect(await status()).toBe(503);
    await edges.container.startContainer();
    await edges.close();
    await held.close();
    await open();
    await web.declare(backendOf("web"));
    expect(await status()).toBe(503);
  });

  it("outlives a rollout, whose servers are checked and take their places behind it", async () => {
    await open();
    await set(maintenance);
    await web.declare({ ...backendOf("web"), routes: [{ host: host("web") }, { path: "/more" }] });
    await edges.serving(web, "web", "c:80");
    await web.shift({ ready: [], drain: ["a:80"] });
    await web.remove(["a:80"]);
    expect(await status()).toBe(503);
    // The next rollout begins with what this one has committed.
    await web.declare(backendOf("web"));
    expect(await status()).toBe(503);
    await set(undefined);
    expect((await edges.get("web")).body).toBe("c:80");
    await edges.serving(web, "web", "a:80");
    await web.remove(["c:80"]);
    await web.declare(backendOf("web"));
  });

  it("goes with the service", async () => {
    await open();
    await using brief = await briefService();
    await set(maintenance, brief.held);
    expect(await status("brief")).toBe(503);
    await brief.edge.retire(1000);
    await brief.edge.declare(backendOf("brief"));
    await edges.serving(brief.edge, "brief", "brief:80");
    expect(await status("brief")).toBe(200);
  });

  it("is refused for a service that the edge does not have", async () => {
    await open();
    const unknown = new HeldService(edges.container.document, "unknown");
    await expect(set(maintenance, unknown)).rejects.toThrow(
      "edge on h1: no rollout has brought unknown to it",
    );
    await unknown.close();
  });
});

async function briefService() {
  const edge = await edges.open("brief");
  await edge.declare(backendOf("brief"));
  await edges.serving(edge, "brief", "brief:80");
  const service = new HeldService(edges.container.document, "brief");
  return { edge, held: service, [Symbol.asyncDispose]: () => service.close() };
}

describe("a pause", () => {
  it("has requests wait, a POST with its body too, and hands them on when it is over", async () => {
    await open();
    await pausedFor(30);
    const answers = [
      edges.get("web"),
      edges.ask({ host: host("web"), path: "/paused", method: "POST", body: "x".repeat(50_000) }),
    ];
    await untilWaiting(2);
    expect(await status("other")).toBe(200);
    expect(edges.gateway.at("/paused")).toEqual([]);
    await set(undefined);
    expect((await Promise.all(answers)).map(({ status, body }) => `${status} ${body}`)).toEqual([
      "200 a:80",
      "200 a:80",
    ]);
    expect(edges.gateway.at("/paused")[0]?.body).toHaveLength(50_000);
    expect(await waiting()).toBe(0);
  });

  it("ends its patience at the time that was said, and refuses clearly from then on", async () => {
    await open();
    const started = Date.now();
    await pausedFor(2);
    const first = await edges.get("web");
    const waited = Date.now() - started;
    expect(waited).toBeGreaterThan(900);
    expect(waited).toBeLessThan(8_000);
    expect(first).toMatchObject({ status: 503, headers: { "retry-after": "5" } });
    const again = Date.now();
    expect(await status()).toBe(503);
    expect(Date.now() - again).toBeLessThan(900);
    expect(await waiting()).toBe(0);
  });

  it("can be made longer while requests wait", async () => {
    await open();
    await pausedFor(3);
    const answer = edges.get("web");
    await untilWaiting(1);
    await pausedFor(30);
    const { now } = await held.waiting();
    await eventually("the first end is over", async () => (await held.waiting()).now > now + 3);
    await set(undefined);
    expect((await answer).status).toBe(200);
  });

  it("has no more requests wait than it may", async () => {
    await open();
    await pausedFor(30, 2);
    const answers = [edges.get("web"), edges.get("web")];
    await untilWaiting(2);
    expect(await edges.get("web")).toMatchObject({ status: 503, headers: { "retry-after": "5" } });
    expect(await waiting()).toBe(2);
    await set(undefined);
    expect((await Promise.all(answers)).map(({ status }) => status)).toEqual([200, 200]);
  });

  it("can become maintenance, also for what waits", async () => {
    await open();
    await pausedFor(30);
    const answer = edges.get("web");
    await untilWaiting(1);
    await set(maintenance);
    expect((await answer).headers["retry-after"]).toBe("120");
  });

  it("outlives a reload, and what waited in the worker before it goes on as well", async () => {
    await open();
    await pausedFor(30);
    const before = edges.get("web");
    await untilWaiting(1);
    const reloading = (await edges.open("fourth")).declare(backendOf("fourth"));
    await eventually("the new worker serves", async () => (await waiting()) === 0);
    const after = edges.get("web");
    await untilWaiting(1);
    await set(undefined);
    expect([(await before).status, (await after).status]).toEqual([200, 200]);
    expect(await reloading).toBe(true);
  });

  it("outlives a crash, with the end that was said", async () => {
    await open();
    await pausedFor(60);
    await edges.container.crash();
    await edges.close();
    await held.close();
    await open();
    await untilHealthy(web, "a:80");
    const answer = edges.get("web");
    await untilWaiting(1);
    await set(undefined);
    expect((await answer).body).toBe("a:80");
  });

  it("tells when nothing of before is in flight any more", async () => {
    await open();
    edges.replica("a:80", { takes: 500 });
    const slow = edges.get("web");
    await eventually("it is served", async () => (await held.inFlight()) === 1);
    await pausedFor(30);
    expect((await slow).status).toBe(200);
    await eventually("it is over", async () => (await held.inFlight()) === 0);
    edges.replica("a:80");
  });
});
