import { afterAll, beforeAll, describe, expect, test } from "vitest";
import type { ServiceConfig } from "../../components/types.ts";
import { Acceptance } from "../support/acceptance.ts";
import { everyFault } from "../support/everyFault.ts";
import { figure, requestFigures, seconds } from "../support/figures.ts";
import type { Load } from "../support/load.ts";
import { now } from "../support/load/types.ts";
import { moments, PulumiRun } from "../support/pulumiRun.ts";
import { example } from "../support/web.ts";

const bad: Partial<ServiceConfig> = {
  env: { WARMUP: "1s", FAULT: "never-healthy" },
  rollout: { deadline: "10m", drain: "15s" },
};

let acceptance: Acceptance;
let load: Load;
/** How long a release takes on this machine, from the command to its end, in milliseconds. */
let forward: number;

beforeAll(async () => {
  acceptance = await Acceptance.open();
  await acceptance.deployWeb("v1");
  load = await acceptance.load();
});

afterAll(async () => {
  await load.stop();
  figure("releases and ways back", requestFigures(load.summary()));
});

/** An update to a version of the service. @returns how long it took */
async function release(version: string): Promise<number> {
  await acceptance.configureWeb(version);
  const { commanded } = await acceptance.stack.up();
  return now() - commanded;
}

async function interrupted(signal: "SIGINT" | "SIGKILL"): Promise<void> {
  await acceptance.configureWeb("v2", bad);
  await using run = new PulumiRun(acceptance.stack);
  await run.until(moments["while waiting for health"], "it waits for health");
  run.signal(signal);
  await run.ended();
  if (signal === "SIGKILL") await acceptance.stack.cancel();
}

const ways: { when: string; leave: () => Promise<unknown> }[] = [
  { when: "right after a successful release", leave: async () => (forward = await release("v2")) },
  { when: "in the middle of a bad release that was killed", leave: () => interrupted("SIGKILL") },
  { when: "in the middle of a bad release that was interrupted", leave: () => interrupted("SIGINT") },
  {
    when: "after a failed release",
    leave: async () => {
      await acceptance.configureWeb("v2", { ...bad, rollout: { deadline: "2s" } });
      await acceptance.stack.failingUp();
    },
  },
];

describe.each(everyFault ? ways : ways.slice(0, 1))("going back $when", ({ when, leave }) => {
  test("is as safe and as fast as going forward", async () => {
    await leave();
    const took = await release("v1");
    figure(`going back ${when}`, { took: seconds(took), "a release before": seconds(forward) });
    await load.answers(100);
    const summary = load.summary({ versions: ["v1", "v2"] });
    expect(summary).toMatchObject({ failed: 0, examples: [] });
    // Far less than the bad release's deadline more.
    expect(took).toBeLessThan(2 * forward + 20_000);
    const replicas = (await acceptance.replicas()).map(({ image, state }) => `${image} ${state}`);
    expect(replicas).toEqual(Array(5).fill(`${example("v1")} running`));
  });

  test("from then on only the version that it went back to answers", async () => {
    const since = now();
    await load.answers(200);
    const later = load.results.filter(({ start }) => start > since);
    expect([...new Set(later.map(({ version }) => version))]).toEqual(["v1"]);
  });
});
