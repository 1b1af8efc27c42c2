import { afterEach, beforeEach, describe, expect, it, vi } from "vitest";
import { gatewayAddress } from "../../../components/edge/edge.ts";
import { Scene } from "./scene.ts";
import { newServer } from "./world.ts";

beforeEach(() => void vi.useFakeTimers({ now: new Date("2026-01-02T03:04:05Z") }));
afterEach(() => void vi.useRealTimers());

/** Calls that change something, in order, without repetitions in a row. */
function changes(scene: Scene): string[] {
  const quiet = new Set(["servers", "inspect", "streams", "committed", "log", "note"]);
  return scene.world.calls.filter((call) => !quiet.has(call.split(" ")[0]!));
}

function release(): Scene {
  const scene = new Scene();
  scene.serving(scene.servers("v1"));
  scene.want(scene.servers("v2"));
  return scene;
}

describe("a release", () => {
  it("takes its steps in order, on every edge", async () => {
    const scene = release();
    await scene.run();
    expect(changes(scene)).toEqual([
      ...["declare e1", "declare e2", "hold e1", "hold e2", "add e1", "start docker", "add e2"],
      ...["shift e1", "shift e2", "commit e1", "commit e2", "remove e1", "remove e2", "sweep docker"],
    ]);
  });

  it("leaves the new servers ready and committed, and nothing of the old ones", async () => {
    const scene = release();
    const { report, error } = await scene.run();
    expect(error).toBeUndefined();
    const ready = { "web-h1-v2": "ready", "web-h2-v2": "ready", "web-h3-v2": "ready" };
    for (const edge of ["e1", "e2"]) expect(scene.world.admin(edge)).toEqual(ready);
    for (const { committed } of scene.world.edges) expect(committed?.servers).toHaveLength(3);
    expect(report).toMatchObject({
      service: "web",
      outcome: "moved",
      image: "web:v2",
      entered: scene.servers("v2").map(({ replica, container, host }) => ({ replica, container, host })),
      left: scene.servers("v1").map(({ container, host }) => ({ container, host })),
      edges: ["e1", "e2"],
      traffic: { failed: 0 },
      cut: 0,
      cutStreams: 0,
      leftovers: [],
      problems: [],
    });
    expect(scene.world.edges.map(({ lost }) => lost)).toEqual([0, 0]);
  });

  it("leaves the old containers, which the engine deletes", async () => {
    const scene = release();
    await scene.run();
    expect(scene.world.running).toHaveLength(6);
  });

  it("shifts nothing before every new replica is healthy on all edges", async () => {
    const scene = release();
    scene.container("web-h2-v2").healthyAt = Date.now() + 4_000;
    const began = Date.now();
    scene.world.hook = ({ method, moment }) => {
      if (method === "shift" && moment === "before") expect(Date.now() - began).toBeGreaterThan(4_000);
    };
    const { error, said } = await scene.run();
    expect(error).toBeUndefined();
    expect(said).toEqual([
      "web: 0/3 healthy, 20 s left",
      "web: 2/3 healthy, 20 s left",
      "web: 3/3 healthy after 4.0 s",
      expect.stringMatching(/^web: traffic moved in \d+ ms: 100 % on 3 new replicas; watching for 1 s$/),
    ]);
  });

  it("never has fewer servers ready than before", async () => {
    const scene = release();
    scene.world.hook = ({ moment }) => {
      for (const { host } of moment === "after" ? scene.world.edges : []) {
        const ready = Object.values(scene.world.admin(host)).filter((admin) => admin === "ready");
        expect(ready.length).toBeGreaterThanOrEqual(3);
      }
    };
    expect((await scene.run()).error).toBeUndefined();
  });

  it("does not commit before the new replicas have proved themselves, nor remove an old one before that", async () => {
    const scene = release();
    let shiftedAt = 0;
    scene.world.hook = ({ method, moment }) => {
      if (moment === "after" && method === "shift") shiftedAt = Date.now();
      if (moment === "before" && (method === "commit" || method === "remove"))
        expect(Date.now() - shiftedAt).toBeGreaterThanOrEqual(990);
    };
    expect((await scene.run()).error).toBeUndefined();
  });

  it("says which of its routes another service keeps", async () => {
    const scene = release();
    scene.world.routesOfOthers.push("every host name, path / is still the route of api");
    const { said } = await scene.run();
    expect(said).toContain(
      "web: every host name, path / is still the route of api; it gets no request of it until that one lets it go",
    );
  });

  it("says when the traffic moved", async () => {
    const scene = release();
    let shifted = "";
    scene.world.hook = ({ method, of, moment }) => {
      if (method === "shift" && of === "e2" && moment === "after") shifted = new Date().toISOString();
    };
    expect((await scene.run()).report?.movedAt).toBe(shifted);
  });
});

describe("other changes", () => {
  it("a first deployment ends when every edge serves it; nothing to go back to, so nothing is watched", async () => {
    const scene = new Scene();
    scene.want(scene.servers("v1"));
    const { report } = await scene.run();
    expect(report).toMatchObject({ outcome: "moved", left: [] });
    expect(report?.phases.bake).toBeLessThan(100);
    expect(scene.world.admin("e2")).toEqual({
      "web-h1-v1": "ready",
      "web-h2-v1": "ready",
      "web-h3-v1": "ready",
    });
  });

  it("scaling up touches nothing that serves", async () => {
    const scene = new Scene();
    scene.serving(scene.servers("v1", 2));
    scene.want(scene.servers("v1", 3));
    const { report } = await scene.run();
    expect(report?.entered.map(({ host }) => host)).toEqual(["h3"]);
    expect(report?.left).toEqual([]);
  });

  it("scaling down drains what goes, and watches nothing", async () => {
    const scene = new Scene();
    scene.serving(scene.servers("v1", 3));
    scene.want(scene.servers("v1", 1));
    const { report } = await scene.run();
    expect(report?.left.map(({ host }) => host)).toEqual(["h2", "h3"]);
    expect(report?.phases.bake).toBeLessThan(100);
    expect(scene.world.admin("e1")).toEqual({ "web-h1-v1": "ready" });
  });

  it("no change moves nothing", async () => {
    const scene = new Scene();
    scene.serving(scene.servers("v1"));
    const { report } = await scene.run();
    expect(report).toMatchObject({ outcome: "unchanged", movedAt: null, entered: [], left: [] });
  });

  it("containers of earlier runs are removed, those that served are not", async () => {
    const scene = release();
    scene.want(scene.servers("lost"), { status: "exited" });
    scene.want(scene.servers("v2"));
    const { report } = await scene.run();
    expect(report?.leftovers).toEqual(["web-h1-lost", "web-h2-lost", "web-h3-lost"]);
    expect(scene.world.running).toHaveLength(6);
  });
});

describe("the drain", () => {
  const busyUntil = (scene: Scene, milliseconds: number) => {
    for (const edge of scene.world.edges) {
      edge.servers.get("web-h1-v1:8080")!.busy.requests = [Date.now() + milliseconds];
    }
  };

  it("waits for requests that are under way", async () => {
    const scene = release();
    busyUntil(scene, 5_000);
    const { report } = await scene.run();
    expect(report?.cut).toBe(0);
    expect(report?.phases.drain).toBeGreaterThan(2_000);
  });

  it("gives up at its limit, which begins with the shift, and says how many were cut", async () => {
    const scene = release();
    busyUntil(scene, 60_000);
    const { report, said } = await scene.run();
    expect(report?.cut).toBe(2);
    expect(report!.phases.drain! + report!.phases.bake!).toBeGreaterThan(4_800);
    expect(report!.phases.drain! + report!.phases.bake!).toBeLessThan(5_200);
    expect(said.filter((line) => line.includes("draining"))).toEqual([
      "web: draining, 2 requests to finish, 4 s left",
    ]);
  });

  it("does not wait for a lost host, nor for a replica that is down", async () => {
    const scene = release();
    busyUntil(scene, 60_000);
    scene.document = {
      ...scene.document,
      hosts: scene.document.hosts.slice(1),
      servers: scene.servers("v2").slice(1),
    };
    expect((await scene.run()).report).toMatchObject({ cut: 0 });

    const other = release();
    busyUntil(other, 60_000);
    other.container("web-h1-v1").status = "exited";
    const { report } = await other.run();
    expect(report?.cut).toBe(0);
    expect(report?.phases.drain).toBeLessThan(100);
  });

  it("names a replica on a lost host by its address", async () => {
    const scene = release();
    for (const edge of scene.world.edges)
      edge.servers.set("web-h9-v1:8080", newServer("10.0.0.9:7080", "ready"));
    expect((await scene.run()).report?.left).toContainEqual({
      container: "web-h9-v1",
      host: "a lost host at 10.0.0.9:7080",
    });
    expect(gatewayAddress({ address: "10.0.0.9", gatewayPort: 7080 })).toBe("10.0.0.9:7080");
  });

  it("cuts long answers one after the other in the second half of their time", async () => {
    const scene = release();
    const servers = scene.world.edges.map((edge) => edge.servers.get("web-h1-v1:8080")!);
    for (const [index, { busy }] of servers.entries()) {
      busy.streams = Array.from({ length: 20 }, (_, number) => ({
        id: `${index}.${number}`,
        began: Date.now() - number * 1000,
        ends: Infinity,
      }));
    }
    let shiftedAt = 0;
    const cuts: number[] = [];
    scene.world.hook = ({ method, moment }) => {
      if (moment === "after" && method === "shift") shiftedAt = Date.now();
      if (moment === "after" && method === "cut") cuts.push(Date.now() - shiftedAt);
    };
    const { report } = await scene.run();
    expect(report).toMatchObject({ cut: 0, cutStreams: 40 });
    expect(Math.min(...cuts)).toBeGreaterThan(4_900);
    expect(Math.max(...cuts)).toBeLessThan(10_300);
    for (let from = 5_000; from < 10_000; from += 1_000) {
      expect(cuts.filter((cut) => cut >= from && cut < from + 1_000).length).toBeGreaterThan(3);
    }
  });
});
