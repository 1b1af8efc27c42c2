import { afterAll, beforeAll, expect, test } from "vitest";
import { EdgeUnderTest } from "./edgeUnderTest.ts";

let edge: EdgeUnderTest;

beforeAll(async () => {
  edge = await EdgeUnderTest.start();
});

afterAll(() => edge.remove());

test("two rollouts of one service come one after the other, and those of two services at once", async () => {
  const said: string[] = [];
  const first = await edge.open("web");
  const second = await edge.open("web");
  const other = await edge.open("api");
  await first.claim(() => said.push("first waits"));
  await other.claim(() => said.push("other waits"));
  const claimed = second
    .claim(() => {
      said.push("second waits", "first ends");
      void first.close();
    })
    .then(() => said.push("second begins"));
  await claimed;
  expect(said).toEqual(["second waits", "first ends", "second begins"]);
});
