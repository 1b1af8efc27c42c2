import { afterAll, beforeAll, expect, test } from "vitest";
import type { RolloutReport } from "../../components/index.ts";
import { Acceptance } from "../support/acceptance.ts";
import { figure, requestFigures, seconds } from "../support/figures.ts";
import { now } from "../support/load/types.ts";
import type { Summary } from "../support/load.ts";
import { openDownload, openEvents, openSocket, type LongAnswer } from "../support/longAnswers.ts";
import type { Update } from "../support/update.ts";

/** In seconds: requests have less time than answers that go on, of which none is cut in the first half of theirs. */
const drain = 3;
const drainStreams = 7;
const eachKind = 6;
/** More than all the buffers on the way can hold. */
const megabytes = 200;

let acceptance: Acceptance;
let seen: Summary;
let update: Update;
let report: RolloutReport;
let finishing: LongAnswer;
let staying: LongAnswer[];
/** How long after the shift each of them ended, in order, in milliseconds. */
let ends: number[];
/** Its client does not read: it sees its end only when it has taken what came before. */
let stalled: LongAnswer;

beforeAll(async () => {
  acceptance = await Acceptance.open();
  const rollout = { deadline: "60s", drain: `${drain}s`, drainStreams: `${drainStreams}s` };
  await acceptance.deployWeb("v1", { rollout });
  const { url } = acceptance;
  const many = <T>(open: () => Promise<T>) => Promise.all(Array.from({ length: eachKind }, open));
  stalled = await openDownload(url, megabytes);
  staying = [...(await many(() => openSocket(url))), ...(await many(() => openEvents(url)))];
  finishing = await openDownload(url, megabytes);

  await using load = await acceptance.load();
  await acceptance.configureWeb("v2", { rollout });
  const updating = acceptance.stack.up();
  await load.until(({ versions }) => versions["v2"] !== undefined, {
    what: "the traffic moves",
    deadline: 60_000,
  });
  const moved = now();
  // In the middle of the drain everything that is open goes on.
  await Promise.all([finishing, ...staying].map((each) => each.use()));
  update = await updating;
  await stalled.use();
  await load.answers(100);
  await load.stop();
  seen = load.summary({ versions: ["v1", "v2"] });
  report = (await acceptance.stack.outputs()).rollouts?.value.web as RolloutReport;
  ends = staying.map(({ ended = Infinity }) => ended - moved).sort((a, b) => a - b);
  figure("long answers in a release", {
    cut: report.cutStreams,
    "from and to": `${seconds(ends[0]!)} and ${seconds(ends.at(-1)!)} after the shift`,
    ...requestFigures(seen),
  });
});

afterAll(() => {
  for (const answer of [finishing, stalled, ...staying]) answer.close();
});

test("a download that ends in its time is complete", () => {
  expect(finishing).toMatchObject({ version: "v1", complete: true });
});

test("what goes on for ever is cut within the time that it has, and not before half of it", () => {
  expect([stalled, ...staying].map(({ version }) => version)).toEqual(Array(2 * eachKind + 1).fill("v1"));
  expect(stalled.complete).toBe(false);
  // The load has seen the shift a moment after it happened.
  expect(ends[0]).toBeGreaterThan((drainStreams / 2 - 1) * 1000);
  expect(ends.at(-1)).toBeLessThan(drainStreams * 2 * 1000);
  expect(report.phases.drain).toBeLessThan(drainStreams * 2 * 1000);
});

test("one after the other, so that the clients do not all come back at once", () => {
  expect(ends.at(-1)! - ends[0]!).toBeGreaterThan((drainStreams / 4) * 1000);
  const atOnce = ends.map((end) => ends.filter((each) => each >= end && each < end + 500).length);
  expect(Math.max(...atOnce)).toBeLessThanOrEqual(staying.length / 2);
});

test("the report says how many", () => {
  expect(report).toMatchObject({ cut: 0, cutStreams: staying.length + 1 });
  expect(update.output).toMatch(
    new RegExp(`web: ${staying.length + 1} long answers of the old replicas cut, one after the other`),
  );
});

test("all other requests are answered, and who comes back gets the new version", async () => {
  expect(seen).toMatchObject({ failed: 0, examples: [] });
  const again = await Promise.all([openSocket(acceptance.url), openEvents(acceptance.url)]);
  expect(again.map(({ version }) => version)).toEqual(["v2", "v2"]);
  for (const answer of again) answer.close();
});
