import { afterAll, beforeAll, describe, expect, test } from "vitest";
import type { ResourcesArgs, ServiceConfig } from "../../components/types.ts";
import { Acceptance } from "../support/acceptance.ts";
import type { RunningContainer } from "../support/containers.ts";
import { edgeServers } from "../support/edgeStats.ts";
import { everyFault } from "../support/everyFault.ts";
import { figure, requestFigures, seconds } from "../support/figures.ts";
import type { Load } from "../support/load.ts";
import { now } from "../support/load/types.ts";
import { example } from "../support/web.ts";

let acceptance: Acceptance;
let load: Load;
let old: RunningContainer[];

beforeAll(async () => {
  acceptance = await Acceptance.open();
  await acceptance.deployWeb("v1");
  old = await acceptance.replicas();
  load = await acceptance.load();
});

afterAll(() => load.stop());

/** Failures that there were before a test, so that it speaks of its own only. */
function failures(): number {
  return load.summary({ versions: ["v1"] }).failed;
}

async function failingRelease(service: Partial<ServiceConfig>): Promise<{ output: string; took: number }> {
  const { env, rollout, ...rest } = service;
  await acceptance.configureWeb("v2", {
    ...rest,
    env: { WARMUP: "0s", ...env },
    rollout: { deadline: "6s", drain: "10s", ...rollout },
  });
  const { output, commanded } = await acceptance.stack.failingUp();
  return { output, took: now() - commanded };
}

async function running(): Promise<RunningContainer[]> {
  return (await acceptance.replicas()).filter(({ state }) => state === "running");
}

describe("a release that users never see", () => {
  test.each<{ what: string; service: Partial<ServiceConfig>; says: RegExp }>([
    {
      what: "an image that does not exist",
      service: { image: "handover-example:nowhere" },
      says: /handover-example:nowhere/,
    },
    {
      what: "one that exits at once",
      service: { env: { FAULT: "exit" } },
      // On a busy machine the deadline may be over before it has been started three times.
      says: /web-h\d on (host )?h\d.*(does not stay up|started again \d times?)[\s\S]*\| cannot start: the configuration has no database/,
    },
    {
      what: "one that never listens",
      service: { env: { FAULT: "deaf" } },
      // While a check is on its way, HAProxy has forgotten why the one before did not pass.
      says: /5 replicas not healthy within 6 s[\s\S]*(does not accept connections|not passed)[\s\S]*\| waiting for a database/,
    },
    {
      what: "one replica of five that is never healthy",
      service: { env: { FAULT: "never-healthy", FAULT_HOST: "h4" } },
      says: /1 replica not healthy within 6 s[\s\S]*web-h4 on host h4[\s\S]*HTTP 503/,
    },
  ])("$what", async ({ service, says }) => {
    const before = failures();
    const { output, took } = await failingRelease(service);
    expect(output).toMatch(says);
    // What missed its deadline would end with the default one, after minutes; a busy machine is only slow.
    expect(took).toBeLessThan(120_000);
    await load.answers(50);
    expect(failures()).toBe(before);
    expect((await running()).filter(({ image }) => image === example("v1"))).toEqual(old);
    const servers = await edgeServers(new URL(acceptance.url).hostname);
    expect(servers.map(({ name }) => name.split(":")[0]).sort()).toEqual(old.map(({ name }) => name).sort());
  });
});

describe("a release that is healthy, and bad for its users", () => {
  const bake = 20;

  test.each<{ what: string; env: Record<string, string>; says: RegExp; resources?: ResourcesArgs }>([
    { what: "answers 500", env: { FAULT: "errors" }, says: /5xx|failed/ },
    { what: "takes a second for each request", env: { FAULT: "slow" }, says: /time|slow|ms/ },
    {
      what: "leaks until the kernel kills it",
      env: { FAULT: "leak" },
      resources: { memory: "160m" },
      says: /did not stay healthy|5xx|failed/,
    },
  ])(
    "$what: the traffic goes back by itself, and the report says how many have seen it",
    async ({ what, env, says, resources = {} }) => {
      const started = now();
      const { output } = await failingRelease({ env, resources, rollout: { bake: `${bake}s` } });
      const returned = now();
      await load.answers(200);
      const seen = load.results.filter(
        ({ end, error, version }) => end > started && (error || version === "v2"),
      );
      const last = Math.max(...seen.map(({ start }) => start));
      const first = Math.min(...seen.map(({ end }) => end));
      figure(`a release that ${what}`, { "seen by": seen.length, for: seconds(last - first) });
      expect(output).toMatch(/the traffic was moved back/);
      expect(output).toMatch(says);
      expect(seen.length).toBeGreaterThan(0);
      // Within a part of the bake; a leak takes a while until the kernel notices.
      expect(last - first).toBeLessThan(env.FAULT === "leak" ? bake * 1000 : bake * 500);
      expect(last).toBeLessThan(returned);
      expect((await running()).filter(({ image }) => image === example("v1"))).toEqual(old);
    },
  );
});

describe("failed candidates", () => {
  test("take no processor and no traffic, can still be read, and do not pile up", async () => {
    for (let time = 0; time < 3; time++) {
      await failingRelease({
        env: { FAULT: "never-healthy", TRY: String(time) },
        rollout: { deadline: "2s" },
      });
    }
    expect(await running()).toEqual(old);
    const failed = (await acceptance.replicas()).filter(({ state }) => state !== "running");
    expect(failed.length).toBeGreaterThanOrEqual(5);
    const logs = await Promise.all(failed.map(({ host, id }) => acceptance.logOf(host, id)));
    expect(logs.filter((log) => log.includes("no connection to the database")).length).toBeGreaterThanOrEqual(
      5,
    );
  });

  test("are all removed by the next good release, which is as safe as ever; and so is going back", async () => {
    const before = load.summary().failed;
    for (const version of ["v3", "v1"]) {
      await acceptance.deployWeb(version);
      const replicas = (await acceptance.replicas()).map(({ image, state }) => `${image} ${state}`);
      expect(replicas).toEqual(Array(5).fill(`${example(version)} running`));
    }
    await load.answers(50);
    await load.stop();
    figure("bad and good releases", requestFigures(load.summary()));
    expect(load.summary().failed).toBe(before);
  });
});

test.runIf(everyFault)(
  "one that fails its check now and then is released: a single failed check takes nobody out",
  async () => {
    await using again = await acceptance.load();
    await acceptance.deployWeb("v2", { env: { FAULT: "flaky" } });
    await again.answers(500);
    await again.stop();
    const summary = again.summary({ versions: ["v1", "v2"] });
    figure("a release that fails every third check", requestFigures(summary));
    expect(summary).toMatchObject({ failed: 0, examples: [] });
    expect(Object.keys(summary.replicas)).toHaveLength(10);
  },
);

test("one that ignores SIGTERM is killed when its grace is over, and users do not notice", async () => {
  await acceptance.deployWeb("v1", { env: { FAULT: "stubborn" }, stopGrace: "2s" });
  await using again = await acceptance.load();
  await acceptance.deployWeb("v2");
  await again.answers(50);
  await again.stop();
  expect(again.summary({ versions: ["v1", "v2"] })).toMatchObject({ failed: 0, examples: [] });
  expect(await acceptance.replicas()).toHaveLength(5);
});
