import { afterEach, beforeEach, describe, expect, it, vi } from "vitest";
import { DockerError } from "../../../components/docker/docker.ts";
import { describeFailure, RolloutError, UnfinishedError } from "../../../components/rollout/failure.ts";
import { Scene, type End } from "./scene.ts";
import { edgeFailure } from "./world.ts";

beforeEach(() => void vi.useFakeTimers({ now: new Date("2026-01-02T03:04:05Z") }));
afterEach(() => void vi.useRealTimers());

function release(behaviour: Parameters<Scene["want"]>[1] = {}): Scene {
  const scene = new Scene();
  scene.serving(scene.servers("v1"));
  scene.want(scene.servers("v2"), behaviour);
  return scene;
}

const old = { "web-h1-v1": "ready", "web-h2-v1": "ready", "web-h3-v1": "ready" };

/** Every edge as if nothing had happened, the failed containers stopped, the old ones untouched. */
function expectOldState({ world }: Scene): void {
  for (const { host, committed, lost } of world.edges) {
    expect(world.admin(host)).toEqual(old);
    expect(committed?.servers.map(({ name }) => name)).toEqual(
      Object.keys(old).map((name) => `${name}:8080`),
    );
    expect(lost).toBe(0);
  }
  expect(world.running).toEqual(Object.keys(old));
}

function report({ error }: End, { document }: Scene): string[] {
  expect(error).toBeInstanceOf(RolloutError);
  return describeFailure(error as RolloutError, document);
}

describe("a failure on one edge of two", () => {
  const steps = ["add", "servers", "shift", "commit"].flatMap((method) =>
    (["before", "after"] as const).map((moment) => ({ method, moment })),
  );
  it.each(steps)("$moment the effect of $method leaves everything as it was", async ({ method, moment }) => {
    const scene = release();
    let calls = 0;
    scene.world.hook = (call) => {
      if (call.method !== method || call.of !== "e2" || call.moment !== moment) return;
      // The first look is before anything has begun.
      if (++calls === (method === "servers" ? 5 : 1)) throw edgeFailure("e2", "it broke");
    };
    const end = await scene.run();
    expect(report(end, scene)[0]).toBe("web: edge on e2: it broke");
    expectOldState(scene);
  });

  it("does not overtake what another edge still does", async () => {
    const scene = release();
    scene.world.delay = (method, of) => (method === "add" && of === "e2" ? 300 : 3);
    scene.world.hook = ({ method, of, moment }) => {
      if (method === "add" && of === "e1" && moment === "before") throw edgeFailure("e1", "it broke");
    };
    await scene.run();
    expectOldState(scene);
  });

  it.each(["declare", "hold"])("in %s changes nothing", async (method) => {
    const scene = release();
    const before = structuredClone(scene.world.end) as { edges: unknown };
    scene.document = {
      ...scene.document,
      backend: { ...scene.document.backend, routes: [{ path: "/new" }] },
    };
    let failed = false;
    scene.world.hook = (call) => {
      if (call.method !== method || call.of !== "e2" || call.moment !== "before" || failed) return;
      failed = true;
      throw edgeFailure("e2", "it broke");
    };
    expect((await scene.run()).error).toMatchObject({ message: "edge on e2: it broke" });
    expect(scene.world.end).toMatchObject({ edges: before.edges });
  });

  it.each(["remove", "streams"])(
    "in %s, when the new replicas serve, is finished by the next run",
    async (method) => {
      const scene = release();
      for (const edge of scene.world.edges)
        edge.servers.get("web-h1-v1:8080")!.busy.requests = [Date.now() + 3_000];
      let failed = false;
      scene.world.hook = (call) => {
        if (call.method !== method || call.of !== "e2" || failed) return;
        failed = true;
        throw edgeFailure("e2", "it broke");
      };
      const { error } = await scene.run();
      expect(error).toBeInstanceOf(UnfinishedError);
      expect((error as Error).message).toBe(
        "web: edge on e2: it broke\nweb: the new replicas serve on every edge; run pulumi up again to take out the old ones",
      );
      expect((await scene.run()).report).toMatchObject({ outcome: "moved" });
      expect(Object.values(scene.world.admin("e2"))).toEqual(["ready", "ready", "ready"]);
    },
  );
});

describe("an edge that is dead", () => {
  it("does not keep the other one from getting its traffic back; what it may still use keeps running", async () => {
    const scene = release();
    let dead = false;
    scene.world.hook = ({ method, of, moment }) => {
      if (method === "shift" && of === "e2" && moment === "after") dead = true;
      if (dead && of === "e2") throw edgeFailure("e2", "no answer");
    };
    const end = await scene.run();
    expect(scene.world.admin("e1")).toEqual(old);
    expect(scene.world.running).toHaveLength(6);
    const lines = report(end, scene);
    expect(lines).toContain("  and not everything could be put back: edge on e2: no answer");
    expect(lines).toContain(
      "web: the new containers may still be running: the next good release removes them",
    );
  });
});

describe("replicas that do not become healthy", () => {
  it("fail the release when its deadline is over, with a report that a person can use", async () => {
    const scene = release();
    Object.assign(scene.container("web-h2-v2"), {
      healthyAt: Infinity,
      lastCheck: "HTTP 503 after 2 ms",
      log: "starting\nno database\n",
    });
    const end = await scene.run();
    expectOldState(scene);
    expect(report(end, scene)).toEqual([
      "web: 1 replica not healthy within 20 s",
      "  web-h2 on host h2 (web-h2-v2): last check from edge e1: HTTP 503 after 2 ms",
      "    | starting",
      "    | no database",
      "web: no traffic was moved; what served before serves on",
      expect.stringMatching(/^web: 8,0\d\d requests while it ran, 0 failed, no gap$/) as string,
      "web: stopped, to be read with docker logs until the next good release: web-h1-v2, web-h2-v2, web-h3-v2",
      "web: mend the release and run pulumi up again, or set the previous version; the failed containers go with the next good release",
    ]);
    expect(end.said.filter((line) => line.startsWith("web: 2/3"))).toHaveLength(4);
  });

  it("are noticed early when they crash again and again", async () => {
    const scene = release();
    Object.assign(scene.container("web-h2-v2"), { status: "restarting", restarts: 4 });
    const began = Date.now();
    const end = await scene.run();
    expect(Date.now() - began).toBeLessThan(3_000);
    expect(report(end, scene).slice(0, 3)).toEqual([
      "web: web-h2 on h2 does not stay up: exit code 1, 4 restarts",
      "  web-h2 on host h2 (web-h2-v2): last check from edge e1: not checked yet; started again 4 times, last exit code 1",
      "    (it wrote nothing)",
    ]);
    expectOldState(scene);
  });

  it("on a host whose Docker Engine does not answer are waited for all the same", async () => {
    const scene = release();
    scene.container("web-h2-v2").healthyAt = Date.now() + 4_000;
    const until = Date.now() + 6_000;
    scene.world.hook = ({ method, of }) => {
      if (method === "inspect" && of === "h2" && Date.now() < until) throw new Error("host h2: no answer");
    };
    expect((await scene.run()).error).toBeUndefined();
  });

  it("on a host that has died are not waited for until the deadline", async () => {
    const scene = release();
    Object.assign(scene.container("web-h2-v2"), { healthyAt: Infinity, lastCheck: "no answer" });
    scene.world.hook = ({ method, of }) => {
      if (method === "inspect" && of === "h2")
        throw new DockerError("h2", "no answer", { unreachable: true });
    };
    const began = Date.now();
    const end = await scene.run();
    expect(Date.now() - began).toBeLessThan(13_000);
    expect(report(end, scene)[0]).toBe(
      "web: host h2 does not answer any more; if the machine is gone, mark it lost: pulumi config set --path hosts.h2.state lost",
    );
    expectOldState(scene);
  });

  it("whose log cannot be read are reported all the same", async () => {
    const scene = release({ healthyAt: Infinity });
    scene.world.hook = ({ method }) => {
      if (method === "log") throw new Error("host h1: no answer");
    };
    const lines = report(await scene.run(), scene);
    expect(lines).toContain("    | (its log cannot be read: host h1: no answer)");
  });
});

describe("verification", () => {
  it("gives the traffic back from containers that are not what was asked for", async () => {
    const scene = release({ revision: "other" });
    const end = await scene.run();
    expect(report(end, scene)[0]).toMatch(/^web: web-h\d-v2 on h\d runs revision other, not v2$/);
    expectOldState(scene);
  });

  it("gives the traffic back when a new replica goes down", async () => {
    const scene = release();
    scene.world.hook = ({ method, moment }) => {
      if (method === "shift" && moment === "after")
        scene.container("web-h3-v2").lastCheck = "HTTP 500 after 1 ms";
      if (method === "shift" && moment === "after") scene.container("web-h3-v2").healthyAt = Infinity;
    };
    scene.world.load = 0;
    const end = await scene.run();
    expect(report(end, scene)[0]).toBe(
      "web: web-h3-v2:8080 does not serve on the edge on e1: HTTP 500 after 1 ms",
    );
    expectOldState(scene);
  });
});

describe("a release that is bad under real requests", () => {
  it("fails as soon as that is no chance any more, and has harmed few", async () => {
    const scene = release({ fails: 1 });
    const began = Date.now();
    const end = await scene.run();
    expectOldState(scene);
    expect(Date.now() - began).toBeLessThan(2_500);
    const lines = report(end, scene);
    expect(lines[0]).toMatch(
      /^web: the new replicas failed (\d+) of (\d+) requests \(9\d\.\d %|100\.0 %\), the old ones 0\.0 % before; at most 5 % more are allowed$/,
    );
    expect(lines[1]).toMatch(/^ {2}web-h1 on host h1 \(web-h1-v2\): \d+ of its \d+ answers failed$/);
    const [, requests, failed] = /the new replicas had (\d+) requests, (\d+) of them failed/.exec(
      lines.join("\n"),
    )!;
    expect(Number(requests)).toBeLessThan(80);
    expect(Number(failed)).toBeGreaterThanOrEqual(10);
    expect(lines.join("\n")).toMatch(/it was noticed 0\.\d s after the traffic moved/);
    expect(lines).toContain("web: the traffic was moved back; what served before serves on");
  });

  it("is not blamed for what the old replicas fail just as often", async () => {
    const scene = new Scene();
    scene.serving(scene.servers("v1"), { fails: 0.3 });
    scene.want(scene.servers("v2"), { fails: 0.3 });
    expect((await scene.run()).error).toBeUndefined();
  });

  it("fails when it is much slower", async () => {
    const scene = release({ takes: 900 });
    const end = await scene.run();
    expect(report(end, scene)[0]).toBe(
      "web: the new replicas take 900 ms to answer on average, the old ones took 20 ms; at most 5 times as much is allowed",
    );
    expectOldState(scene);
  });

  it("fails when it does not answer at all", async () => {
    const scene = release({ takes: 60_000 });
    const end = await scene.run();
    expect(report(end, scene)[0]).toMatch(/^web: the new replicas take \d+ ms to answer on average/);
    expect(Object.keys(scene.world.admin("e1"))).toEqual(Object.keys(old));
  });

  it("passes when it is somewhat slower", async () => {
    expect((await release({ takes: 200 }).run()).error).toBeUndefined();
  });

  it("is not judged by fewer requests than asked for", async () => {
    const scene = release({ fails: 1 });
    scene.world.load = 2;
    expect((await scene.run()).error).toBeUndefined();
  });

  it("may finish the requests that it has", async () => {
    const scene = release({ fails: 1 });
    let shifted = false;
    let removedAt = 0;
    scene.world.hook = ({ method, moment, of }) => {
      if (method === "shift" && moment === "after" && of === "e1" && !shifted) {
        shifted = true;
        scene.world.edges[0]!.servers.get("web-h1-v2:8080")!.busy.requests = [Date.now() + 3_000];
      }
      if (method === "remove" && of === "e1" && moment === "before") removedAt = Date.now();
    };
    const began = Date.now();
    await scene.run();
    expect(removedAt - began).toBeGreaterThan(3_000);
  });
});

describe("the operator's wish to stop", () => {
  it("is heeded before the shift", async () => {
    const scene = release({ healthyAt: Infinity });
    setTimeout(() => scene.stop.abort(), 3_000);
    const began = Date.now();
    const end = await scene.run();
    expect(Date.now() - began).toBeLessThan(4_000);
    expect(report(end, scene)[0]).toBe("web: interrupted before the traffic moved");
    expectOldState(scene);
  });

  it("brings the traffic back while the new replicas have not proved themselves", async () => {
    const scene = release();
    scene.world.hook = ({ method }) => {
      if (method === "shift") scene.stop.abort();
    };
    const end = await scene.run();
    expect(report(end, scene)[0]).toBe("web: interrupted before the new replicas had proved themselves");
    expectOldState(scene);
  });

  it("leaves the rest of a drain to the next run", async () => {
    const scene = release();
    for (const edge of scene.world.edges)
      edge.servers.get("web-h1-v1:8080")!.busy.requests = [Date.now() + 60_000];
    scene.world.hook = ({ method }) => {
      if (method === "commit") scene.stop.abort();
    };
    const { error } = await scene.run();
    expect((error as Error).message).toBe(
      "web: interrupted while the old replicas had 2 requests to finish\n" +
        "web: the new replicas serve on every edge; run pulumi up again to take out the old ones",
    );
    expect(scene.world.admin("e1")).toMatchObject({ "web-h1-v1": "drain", "web-h1-v2": "ready" });
  });
});

describe("failed releases", () => {
  it("leave only stopped containers, however many there are, and the next good one removes them", async () => {
    const scene = release();
    for (let attempt = 0; attempt < 10; attempt++) {
      scene.want(scene.servers(`bad${attempt}`), { fails: 1 });
      expect((await scene.run()).error).toBeInstanceOf(RolloutError);
      expect(scene.world.running).toEqual(Object.keys(old));
    }
    scene.want(scene.servers("v3"));
    const { report: good } = await scene.run();
    expect(good?.leftovers).toHaveLength(33);
    expect([...scene.world.containers.keys()].sort()).toEqual(
      [...scene.servers("v1"), ...scene.servers("v3")].map(({ container }) => container).sort(),
    );
  });

  it("can be run again: their containers are started again", async () => {
    const scene = release({ fails: 1 });
    await scene.run();
    expect(scene.world.running).toEqual(Object.keys(old));
    for (const { container } of scene.servers("v2")) scene.container(container).fails = 0;
    expect((await scene.run()).report).toMatchObject({ outcome: "moved" });
    expect(scene.world.running).toHaveLength(6);
  });

  it("bring back the routes that the service had", async () => {
    const scene = release({ healthyAt: Infinity });
    scene.document = {
      ...scene.document,
      backend: { ...scene.document.backend, routes: [{ path: "/new" }] },
    };
    await scene.run();
    for (const { committed } of scene.world.edges) expect(committed?.backend.routes).toEqual([{ path: "/" }]);
    expectOldState(scene);
  });

  it("at the first deployment leave nothing in the load balancer", async () => {
    const scene = new Scene();
    scene.want(scene.servers("v1"), { healthyAt: Infinity });
    report(await scene.run(), scene);
    expect(scene.world.admin("e1")).toEqual({});
    expect(scene.world.running).toEqual([]);
  });

  it("never take out what served when only its wish to go on was interrupted", async () => {
    const scene = new Scene();
    scene.serving(scene.servers("v1", 2));
    scene.want(scene.servers("v1", 2));
    scene.want([...scene.servers("v1", 2), ...scene.servers("v2").slice(2)], { healthyAt: Infinity });
    await scene.run();
    expect(scene.world.admin("e1")).toEqual({ "web-h1-v1": "ready", "web-h2-v1": "ready" });
    expect(scene.world.running).toEqual(["web-h1-v1", "web-h2-v1"]);
  });
});
