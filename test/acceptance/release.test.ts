import { beforeAll, expect, test } from "vitest";
import type { RolloutReport } from "../../components/index.ts";
import { Acceptance } from "../support/acceptance.ts";
import { figure, requestFigures, seconds } from "../support/figures.ts";
import { example } from "../support/web.ts";
import { overlap, type Summary } from "../support/load.ts";
import { containerSteps, type Update } from "../support/update.ts";
import { Watch } from "../support/watch.ts";

let acceptance: Acceptance;
let update: Update;
let seen: Summary;
/** From the command to the end of the last old container, in milliseconds. */
let took: number;
/** When the first old container was told to end. */
let firstStopped: number;

beforeAll(async () => {
  acceptance = await Acceptance.open();
  const { stack, hosts } = acceptance;
  await acceptance.deployWeb("v1");
  await acceptance.configureWeb("v2");

  await using load = await acceptance.load();
  await using watch = new Watch(hosts, stack.name);
  update = await stack.up();
  took = (await watch.all("destroy", example("v1"), 5)) - update.commanded;
  firstStopped = watch.firstStopped(example("v1")) ?? 0;
  await load.answers(200);
  await load.stop();
  seen = load.summary({ versions: ["v1", "v2"] });
  const { byStart, byAnswer } = overlap(seen, "v1", "v2");
  figure("release", {
    "command to last old container gone": seconds(took),
    ...requestFigures(seen),
    "both versions took requests for": `${Math.round(byStart)} ms (at most ${Math.round(byAnswer)} ms)`,
  });
});

test("no request fails", () => {
  expect(seen).toMatchObject({ failed: 0, examples: [] });
  expect(seen.versions.v1?.answers).toBeGreaterThan(100);
  expect(seen.versions.v2?.answers).toBeGreaterThan(100);
});

test("no answer of the old version comes more than 100 ms after the first one of the new", () => {
  expect(overlap(seen, "v1", "v2").byStart).toBeLessThanOrEqual(100);
});

test("the engine reports five containers replaced, and creates all new ones before it deletes an old one", () => {
  expect(update.changes.replace).toBe(5);
  const order = containerSteps(update, "create-replacement", "delete-replaced").map(({ op }) => op);
  expect(order).toEqual([...Array(5).fill("create-replacement"), ...Array(5).fill("delete-replaced")]);
});

test("an old container is told to end only after its last answer", () => {
  expect(firstStopped).toBeGreaterThan(seen.versions.v1?.last ?? Infinity);
});

test("at the end five new replicas run, one on each host, and no old one", async () => {
  const replicas = await acceptance.replicas();
  expect(replicas.map(({ host, image, state }) => ({ host, image, state }))).toEqual(
    acceptance.hosts.map(({ name }) => ({ host: name, image: example("v2"), state: "running" })),
  );
});

test("the release does not take a minute, on the slowest machine (npm run bench -- release measures it)", () => {
  expect(took).toBeLessThanOrEqual(60_000);
});

test("progress is visible while the command waits", () => {
  expect(update.output).toMatch(/web: \d\/5 healthy, \d+ s/);
});

test("the report says what was replaced where, how long it took, and that no request failed", async () => {
  const { rollouts } = await acceptance.stack.outputs();
  const report = rollouts?.value.web as RolloutReport;
  const hosts = acceptance.hosts.map(({ name }) => name);
  expect(report).toMatchObject({
    service: "web",
    outcome: "moved",
    image: example("v2"),
    cut: 0,
    leftovers: [],
  });
  expect(report.entered.map(({ host }) => host).sort()).toEqual(hosts);
  expect(report.left.map(({ host }) => host).sort()).toEqual(hosts);
  expect(Object.values(report.phases).length).toBeGreaterThan(3);
  expect(report.traffic.failed).toBe(0);
  expect(report.traffic.requests).toBeGreaterThan(100);
  expect(update.output).toMatch(/web: [\d,]+ requests while it ran, 0 failed/);
});
