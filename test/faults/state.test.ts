import { beforeAll, expect, test } from "vitest";
import { Acceptance } from "../support/acceptance.ts";
import { everythingOf } from "../support/containers.ts";
import { figure, requestFigures, seconds } from "../support/figures.ts";
import { example } from "../support/web.ts";

let acceptance: Acceptance;

beforeAll(async () => {
  acceptance = await Acceptance.open();
  await acceptance.deployWeb("v1");
});

const images = async () => (await acceptance.replicas()).map(({ image }) => image);

test("a second update at the same time is refused, and changes nothing", async () => {
  await acceptance.configureWeb("v2");
  const first = acceptance.stack.up();
  await acceptance.stack.untilLocked();
  const { output } = await acceptance.stack.failingUp();
  expect(output).toMatch(/the stack is currently locked by 1 lock/);
  await first;
  expect(await images()).toEqual(Array(5).fill(example("v2")));
});

test("a state from before the last release: an update with a refresh loses no request, and the next one clears up", async () => {
  await acceptance.deployWeb("v1");
  const older = await acceptance.stack.storedState();
  await acceptance.deployWeb("v2");
  await acceptance.stack.restoreState(older);

  await using load = await acceptance.load();
  await acceptance.stack.up({ refresh: true });
  await acceptance.deployWeb("v3");
  await load.answers(100);
  await load.stop();
  const summary = load.summary({ versions: ["v1", "v2", "v3"] });
  figure("a state from before the last release", requestFigures(summary));
  expect(summary).toMatchObject({ failed: 0, examples: [] });
  expect(await images()).toEqual(Array(5).fill(example("v3")));
});

test("no state at all: an update deploys anew, after an interruption of some seconds", async () => {
  await using load = await acceptance.load();
  await acceptance.stack.restoreState(undefined);
  await acceptance.stack.up();
  await load.answers(100);
  await load.stop();
  const { longestGap } = load.summary();
  figure("no state at all", { interruption: seconds(longestGap) });
  // The engine, and the start of every container: some seconds, on a slow machine half a minute.
  expect(longestGap).toBeLessThan(60_000);
  expect(await everythingOf(acceptance.hosts, acceptance.stack.name)).toHaveLength(17);
});
