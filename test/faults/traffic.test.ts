import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { phases, type Phase } from "../../components/rollout/report.ts";
import { Acceptance } from "../support/acceptance.ts";
import { everyFault } from "../support/everyFault.ts";
import { figure, requestFigures } from "../support/figures.ts";
import type { Load } from "../support/load.ts";
import { Posts } from "../support/posts.ts";
import { trafficPrograms } from "../support/processes.ts";
import { PulumiRun } from "../support/pulumiRun.ts";
import { CommittedSet, RolloutPhases, rolloutThrough } from "../support/rolloutPhases.ts";
import { example } from "../support/web.ts";

/** The step in which it is written down what a restart of the edge begins with. */
const some: Phase[] = ["commit"];

let acceptance: Acceptance;
let committed: CommittedSet;
let posts: Posts;
let load: Load;
let version = "v1";
let timeout = "2s";

beforeAll(async () => {
  acceptance = await Acceptance.open();
  await acceptance.deployWeb(version);
  committed = await CommittedSet.of(acceptance, "h1");
  posts = await Posts.count(acceptance.hosts, acceptance.stack.name);
  load = await acceptance.load();
});

afterAll(() => load.stop());

const running = async () =>
  (await acceptance.replicas()).filter(({ state }) => state === "running").map(({ name }) => name);

describe.each((everyFault ? phases : some).map((phase) => ({ phase })))(
  "the traffic program alone, killed in the step $phase",
  ({ phase }) => {
    test("loses no request; the edge has a set whose containers run; one more update finishes", async () => {
      version = version === "v1" ? "v2" : "v1";
      // Another time to answer a check is for a reload only.
      if (phase === "declare") timeout = timeout === "2s" ? "3s" : "2s";
      await acceptance.configureWeb(version, {
        healthCheck: { path: "/healthz", interval: "1s", timeout },
        rollout: rolloutThrough(phase),
      });
      const steps = await RolloutPhases.of(acceptance, { host: "h1", load, version });
      await using run = new PulumiRun(acceptance.stack);
      await steps.until(phase, run);
      const programs = await trafficPrograms(run.processId);
      for (const program of programs) process.kill(program, "SIGKILL");
      expect({ killed: programs.length, succeeded: await run.ended() }).toEqual({
        killed: 1,
        succeeded: false,
      });
      expect(await running()).toEqual(expect.arrayContaining(await committed.containers()));

      await acceptance.stack.up();
      await load.answers(50);
      expect(load.summary({ versions: ["v1", "v2"] })).toMatchObject({ failed: 0, examples: [] });
      const replicas = (await acceptance.replicas()).map(
        ({ host, image, state }) => `${host} ${image} ${state}`,
      );
      expect(replicas).toEqual(acceptance.hosts.map(({ name }) => `${name} ${example(version)} running`));
      expect((await committed.containers()).sort()).toEqual((await running()).sort());
    });
  },
);

test("no post was taken twice", async () => {
  await load.stop();
  const ids = load.results.flatMap(({ id }) => id ?? []);
  const summary = load.summary({ versions: ["v1", "v2"], counted: await posts.stop(ids) });
  figure("the traffic program killed alone, and run again", requestFigures(summary));
  expect(summary).toMatchObject({ failed: 0, examples: [] });
  expect(summary.answered).toBe(summary.sent);
});
