import { afterEach, beforeEach, expect, test, vi } from "vitest";
import { Scene } from "./scene.ts";

/** What a rollout tells those who watch it from outside. */
const now = Date.parse("2026-01-02T03:04:05Z");

beforeEach(() => void vi.useFakeTimers({ now }));
afterEach(() => void vi.useRealTimers());

function release(): Scene {
  const scene = new Scene();
  scene.serving(scene.servers("v1"));
  scene.want(scene.servers("v2"));
  return scene;
}

test("each step as it begins, on every edge, and the end", async () => {
  const scene = release();
  const { report } = await scene.run();
  for (const { notes } of scene.world.edges) {
    expect(notes.map(({ phase }) => phase)).toEqual([
      ...["declare", "stage", "healthy", "shift", "verify", "bake", "commit", "drain", "clean", "clean"],
    ]);
    expect(notes.map(({ end }) => end)).toEqual([...Array<null>(9).fill(null), "moved"]);
    expect(notes.at(-1)).toMatchObject({
      service: "web",
      image: "web:v2",
      containers: scene.servers("v2").map(({ container }) => container),
      deadline: 20_000,
      began: now,
      movedAt: Date.parse(report!.movedAt!),
      took: report!.phases,
    });
  }
});

test("a release that fails: that the traffic is given back, and that it failed; nothing of a log", async () => {
  const scene = release();
  Object.assign(scene.container("web-h1-v2"), {
    healthyAt: Infinity,
    lastCheck: "HTTP 503",
    log: "token=hunter2",
  });
  const { error } = await scene.run();
  expect(error).toBeDefined();
  const [edge] = scene.world.edges;
  expect(edge!.notes.slice(-2)).toMatchObject([
    { phase: "back", end: null, movedAt: null },
    { phase: "back", end: "failed", movedAt: null },
  ]);
  expect(JSON.stringify(edge!.notes)).not.toContain("hunter2");
});

test("an edge that does not take it fails nothing", async () => {
  const scene = release();
  scene.world.hook = ({ method }) => {
    if (method === "note") throw new Error("no room");
  };
  expect((await scene.run()).error).toBeUndefined();
});
