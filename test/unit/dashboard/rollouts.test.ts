import { expect, test } from "vitest";
import { now, snapshot, type Given } from "./scene.ts";

/** What the page is told of a release, from what can be seen of it from outside. */
const rollout = (given: Given) => snapshot(given).rollouts["web"];
const both: Given["versions"] = ["v1", "v2"];

test("nothing, where no rollout was seen", () => {
  expect(rollout({})).toBeUndefined();
});

test("containers of the next version, before its rollout begins", () => {
  const given: Given = { versions: both, made: true };
  expect(rollout(given)).toMatchObject({
    state: "creating",
    image: "acme/web:1.5",
    wanted: 5,
    since: now - 6_000,
  });
  expect(snapshot(given).status.differences).toEqual([]);
});

test("the same, long after: what an update has left, and not the beginning of one", () => {
  const left = snapshot({
    versions: both,
    rollout: { runs: false, end: "failed", phase: "back", since: now },
  });
  expect(left.rollouts["web"]).toMatchObject({ state: "failed" });
  expect(left.status.differences.map(({ kind }) => kind)).toContain("container-unknown");
});

test("the step that it says it is at, how many are healthy, and how long it may take", () => {
  expect(rollout({ versions: both, healthy: 3, rollout: { runs: true } })).toMatchObject({
    state: "running",
    phase: "healthy",
    healthy: 3,
    wanted: 5,
    deadline: now - 2_000 + 120_000,
    share: 0,
    movedAt: null,
  });
});

test("an update that runs is not said to have been killed", () => {
  const given: Given = { versions: both, pending: ["updating web-rollout"] };
  const kinds = (rollout: NonNullable<Given["rollout"]>) =>
    snapshot({ ...given, rollout }).status.differences.map(({ kind }) => kind);
  expect(kinds({ runs: true })).toEqual([]);
  expect(kinds({ runs: false, phase: "healthy" })).toContain("update-interrupted");
});

test("after the shift: the share of the new version, and what the old one still serves", () => {
  expect(
    rollout({ versions: both, serving: "v2", rollout: { runs: true, phase: "drain", movedAt: now - 900 } }),
  ).toMatchObject({
    state: "running",
    phase: "drain",
    share: 1,
    draining: 5,
    movedAt: now - 900,
    deadline: null,
  });
});

test("one that was killed is not said to be running", () => {
  const killed = snapshot({ versions: both, rollout: { runs: false, phase: "healthy" } });
  expect(killed.rollouts["web"]).toMatchObject({ state: "interrupted", phase: "healthy" });
  expect(killed.status.differences).not.toEqual([]);
});

test("one that has only just begun is not taken for the one before it", () => {
  expect(rollout({ versions: both, rollout: { runs: true, end: "moved", phase: "clean" } })).toMatchObject({
    state: "running",
    phase: null,
    took: {},
  });
});

test("after a good end the engine deletes the old containers", () => {
  const ended = { runs: false, end: "moved", phase: "clean", since: now - 500 } as const;
  expect(rollout({ versions: both, wanted: "v2", serving: "v2", rollout: ended })).toMatchObject({
    state: "deleting",
  });
  expect(rollout({ versions: ["v2"], wanted: "v2", serving: "v2", rollout: ended })).toMatchObject({
    state: "moved",
  });
  const long = { ...ended, since: now - 3_600_000 };
  expect(rollout({ versions: both, wanted: "v2", serving: "v2", rollout: long })).toMatchObject({
    state: "moved",
  });
});
