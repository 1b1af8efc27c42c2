import { afterAll, beforeAll, expect, test } from "vitest";
import { Relay } from "../../../components/edge/relay.ts";
import { EdgeUnderTest } from "./edgeUnderTest.ts";

/** A rollout seen from outside. */
let edge: EdgeUnderTest;
let watcher: Relay;

beforeAll(async () => {
  edge = await EdgeUnderTest.start();
  watcher = new Relay(edge.container.document);
});

afterAll(async () => {
  await watcher.close();
  await edge.remove();
});

const seen = async (service: string) => (await watcher.request("watch", service)).split("\n");

test("whether one runs, and its last word; one that was killed is seen to be gone", async () => {
  expect(await seen("web")).toEqual(["idle", ""]);
  const rollout = await edge.open("web");
  await rollout.claim(() => {});
  expect(await seen("web")).toEqual(["running", ""]);
  await rollout.note(`{"phase":"healthy"}`);
  expect(await seen("web")).toEqual(["running", `{"phase":"healthy"}`]);
  expect(await seen("other")).toEqual(["idle", ""]);
  await rollout.close();
  expect(await seen("web")).toEqual(["idle", `{"phase":"healthy"}`]);
});

test("watching is never in the way of a rollout", async () => {
  const questions = Promise.all(Array.from({ length: 200 }, () => watcher.request("watch", "web")));
  const rollout = await edge.open("web");
  await rollout.claim(() => {
    throw new Error("it had to wait");
  });
  await questions;
});
