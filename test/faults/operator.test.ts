import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { Acceptance } from "../support/acceptance.ts";
import { figure, requestFigures } from "../support/figures.ts";
import type { Load } from "../support/load.ts";
import { Posts } from "../support/posts.ts";
import { moments, PulumiRun } from "../support/pulumiRun.ts";
import { everyFault } from "../support/everyFault.ts";
import { example } from "../support/web.ts";

const signals = ["SIGINT", "SIGTERM", "SIGKILL"] as const;
const all = Object.entries(moments).flatMap(([what, moment]) =>
  signals.map((signal) => ({ what, moment, signal })),
);
/** Each moment once and each signal twice, unless all are asked for. */
const cases = all.filter(
  (_, index) => everyFault || index % signals.length === Math.floor(index / signals.length) % signals.length,
);

let acceptance: Acceptance;
let posts: Posts;
let load: Load;
let version = "v1";

beforeAll(async () => {
  acceptance = await Acceptance.open();
  await acceptance.deployWeb(version);
  posts = await Posts.count(acceptance.hosts, acceptance.stack.name);
  load = await acceptance.load();
});

afterAll(async () => {
  await load.stop();
  const ids = load.results.flatMap(({ id }) => id ?? []);
  const summary = load.summary({ versions: ["v1", "v2"], counted: await posts.stop(ids) });
  figure(`${cases.length} updates interrupted and run again`, requestFigures(summary));
});

describe.each(cases)("$signal $what", ({ what, moment, signal }) => {
  test("loses no request; one more update reaches the wanted state and leaves nothing else", async () => {
    const failedBefore = load.summary().failed;
    version = version === "v1" ? "v2" : "v1";
    await acceptance.configureWeb(version);
    await using run = new PulumiRun(acceptance.stack);
    await run.until(moment, what);
    run.signal(signal);
    await run.ended();
    if (signal === "SIGKILL") await acceptance.stack.cancel();
    await acceptance.stack.up();
    await load.answers(50);
    expect(load.summary({ versions: ["v1", "v2"] })).toMatchObject({ failed: failedBefore, examples: [] });
    const running = (await acceptance.replicas()).map(
      ({ host, image, state }) => `${host} ${image} ${state}`,
    );
    expect(running).toEqual(acceptance.hosts.map(({ name }) => `${name} ${example(version)} running`));
  });
});

test("no update of them all lost a request or took one twice", async () => {
  await load.stop();
  const ids = load.results.flatMap(({ id }) => id ?? []);
  const summary = load.summary({ versions: ["v1", "v2"], counted: await posts.stop(ids) });
  expect(summary).toMatchObject({ failed: 0, examples: [] });
  expect(summary.answered).toBe(summary.sent);
});
