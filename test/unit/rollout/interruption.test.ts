import fc from "fast-check";
import { afterEach, beforeEach, describe, expect, it, vi } from "vitest";
import { containerOf } from "../../../components/rollout/situation.ts";
import { RolloutError } from "../../../components/rollout/failure.ts";
import { Scene } from "./scene.ts";

beforeEach(() => void vi.useFakeTimers({ now: new Date("2026-01-02T03:04:05Z") }));
afterEach(() => void vi.useRealTimers());

function release(behaviour: Parameters<Scene["want"]>[1] = {}): Scene {
  const scene = new Scene();
  scene.serving(scene.servers("v1"));
  scene.want(scene.servers("v2"), behaviour);
  return scene;
}

/** Has the process killed with its nth call, before or after that call's effect. @returns whether there was one */
async function killAt(scene: Scene, nth: number, moment: "before" | "after"): Promise<boolean> {
  let calls = 0;
  let killed = false;
  const dangling: string[] = [];
  scene.world.hook = (call) => {
    // What an edge begins with after a restart always has its containers.
    for (const { committed } of scene.world.edges) {
      for (const { name } of committed?.servers ?? []) {
        if (scene.world.containers.get(containerOf(name))?.status !== "running") dangling.push(name);
      }
    }
    if (call.method === "counters" || call.moment !== moment || ++calls !== nth) return;
    killed = true;
    scene.world.kill();
  };
  await scene.run();
  expect(dangling).toEqual([]);
  scene.world.revive();
  return killed;
}

/** Every call of a release, and one more. */
async function callsOf(scene: Scene): Promise<number> {
  await scene.run();
  return scene.world.calls.length;
}

const moments = ["before", "after"] as const;

describe("a run that is killed at any of its calls", () => {
  it("is finished by the next one, as if it had not been, and no request is lost", async () => {
    const undisturbed = release();
    const calls = await callsOf(undisturbed);
    expect(calls).toBeGreaterThan(40);
    for (const moment of moments) {
      for (let nth = 1; nth <= calls; nth++) {
        const scene = release();
        expect(await killAt(scene, nth, moment)).toBe(true);
        const { error } = await scene.run();
        expect(error, `killed ${moment} call ${nth}`).toBeUndefined();
        expect(scene.world.end, `killed ${moment} call ${nth}`).toEqual(undisturbed.world.end);
        expect(scene.world.edges.map(({ lost }) => lost)).toEqual([0, 0]);
      }
    }
  });

  it("and whose edges start again in between, likewise", async () => {
    const undisturbed = release();
    const calls = await callsOf(undisturbed);
    for (const moment of moments) {
      for (let nth = 1; nth <= calls; nth++) {
        const scene = release();
        await killAt(scene, nth, moment);
        for (const edge of scene.world.edges) scene.world.restart(edge);
        expect((await scene.run()).error, `killed ${moment} call ${nth}`).toBeUndefined();
        expect(scene.world.end, `killed ${moment} call ${nth}`).toEqual(undisturbed.world.end);
      }
    }
  });

  it("can be killed again and again", async () => {
    const undisturbed = release();
    const calls = await callsOf(undisturbed);
    await fc.assert(
      fc.asyncProperty(
        fc.array(fc.tuple(fc.integer({ min: 1, max: calls }), fc.constantFrom(...moments)), { maxLength: 4 }),
        async (kills) => {
          const scene = release();
          for (const [nth, moment] of kills) await killAt(scene, nth, moment);
          await scene.run();
          expect(scene.world.end).toEqual(undisturbed.world.end);
        },
      ),
      { numRuns: 60 },
    );
  });

  it("goes back to what has proved itself when the next one finds the release bad", async () => {
    const calls = await callsOf(release());
    const good = ["web-h1-v1", "web-h2-v1", "web-h3-v1"];
    for (const moment of moments) {
      for (let nth = 1; nth <= calls; nth++) {
        const scene = release();
        await killAt(scene, nth, moment);
        const proven = scene.world.edges.every(({ committed }) =>
          committed?.servers.every(({ name }) => name.includes("v2")),
        );
        if (proven) continue;
        for (const { container } of scene.servers("v2")) scene.container(container).fails = 1;
        const { error } = await scene.run();
        expect(error, `killed ${moment} call ${nth}`).toBeInstanceOf(RolloutError);
        for (const { host, committed } of scene.world.edges) {
          expect(Object.keys(scene.world.admin(host)), `killed ${moment} call ${nth}`).toEqual(good);
          expect(new Set(Object.values(scene.world.admin(host)))).toEqual(new Set(["ready"]));
          expect(committed?.servers.map(({ name }) => containerOf(name))).toEqual(good);
        }
        expect(scene.world.running).toEqual(good);
      }
    }
  });

  it("can be followed by the previous version, or the next", async () => {
    const calls = await callsOf(release());
    for (let nth = 1; nth <= calls; nth += 2) {
      const scene = release({ fails: 1 });
      await killAt(scene, nth, "after");
      scene.want(scene.servers("v3"));
      expect((await scene.run()).error, `killed after call ${nth}`).toBeUndefined();
      for (const { host } of scene.world.edges)
        expect(Object.keys(scene.world.admin(host)).sort()).toEqual(["web-h1-v3", "web-h2-v3", "web-h3-v3"]);
    }
  });
});

describe("a failed run that is killed while it puts things back", () => {
  it("is put right by the next good release", async () => {
    const bad = release({ fails: 1 });
    const calls = await callsOf(bad);
    for (let nth = 1; nth <= calls; nth += 2) {
      const scene = release({ fails: 1 });
      await killAt(scene, nth, "after");
      scene.want(scene.servers("v3"));
      expect((await scene.run()).error, `killed after call ${nth}`).toBeUndefined();
      expect(scene.world.edges.map(({ lost }) => lost)).toEqual([0, 0]);
    }
  });
});

describe("an edge that is restarted under a run, at any of its calls", () => {
  /** @returns whether there was such a call */
  function restartAt(
    scene: Scene,
    nth: number,
    moment: "before" | "after",
    conversation: "cut" | "gone",
  ): () => boolean {
    let calls = 0;
    let done = false;
    scene.world.hook = (call) => {
      if (call.of !== "e1" || call.method === "counters" || call.moment !== moment || ++calls !== nth) return;
      done = true;
      scene.world.restartUnder(scene.world.edges[0]!, conversation);
    };
    return () => done;
  }

  const isOfTheFirst = (call: string) => call.endsWith(" e1");

  it("does not keep it from reaching its end, and the report tells the whole", async () => {
    const undisturbed = release();
    const { report } = await undisturbed.run();
    const calls = undisturbed.world.calls.filter(isOfTheFirst).length;
    expect(calls).toBeGreaterThan(10);
    for (const moment of moments) {
      for (let nth = 1; nth <= calls; nth++) {
        const scene = release();
        const wasRestarted = restartAt(scene, nth, moment, "cut");
        const end = await scene.run();
        expect(wasRestarted()).toBe(true);
        expect(end.error, `${moment} call ${nth}`).toBeUndefined();
        expect(scene.world.end, `${moment} call ${nth}`).toEqual(undisturbed.world.end);
        expect(end.report).toMatchObject({ outcome: "moved", entered: report!.entered, left: report!.left });
        expect(scene.world.edges.map(({ lost }) => lost)).toEqual([0, 0]);
      }
    }
  });

  it("and of a bad release, leaves what served before", async () => {
    const bad = release({ fails: 1 });
    await bad.run();
    const calls = bad.world.calls.filter(isOfTheFirst).length;
    for (const moment of moments) {
      for (let nth = 1; nth <= calls; nth++) {
        const scene = release({ fails: 1 });
        restartAt(scene, nth, moment, "cut");
        expect((await scene.run()).error).toBeInstanceOf(RolloutError);
        expect(scene.world.end, `${moment} call ${nth}`).toEqual(bad.world.end);
      }
    }
  });

  it("and that stays away: the other one serves what it had or the new set, and the next run finishes", async () => {
    const undisturbed = release();
    await undisturbed.run();
    const calls = undisturbed.world.calls.filter(isOfTheFirst);
    // Nothing waits for the note of the end.
    expect(calls.pop()).toBe("note e1");
    for (let nth = 1; nth <= calls.length; nth++) {
      const scene = release();
      restartAt(scene, nth, "before", "gone");
      const { error } = await scene.run();
      expect(String(error), `call ${nth}`).toContain("edge on e1: it does not answer");
      const serving = Object.entries(scene.world.admin("e2"))
        .filter(([, admin]) => admin === "ready")
        .map(([name]) => name.replace(/^web-h\d-/, ""));
      expect(
        [
          ["v1", "v1", "v1"],
          ["v2", "v2", "v2"],
        ],
        `call ${nth}`,
      ).toContainEqual(serving);
      scene.world.edges[0]!.conversation = "open";
      scene.world.hook = () => {};
      expect((await scene.run()).error, `call ${nth}`).toBeUndefined();
      expect(scene.world.end, `call ${nth}`).toEqual(undisturbed.world.end);
    }
  });
});
