import { beforeAll, describe, expect, test } from "vitest";
import { Acceptance } from "../support/acceptance.ts";
import { figure, requestFigures, seconds } from "../support/figures.ts";
import { example } from "../support/web.ts";
import type { RunningContainer } from "../support/containers.ts";
import { overlap, type Summary } from "../support/load.ts";
import { now } from "../support/load/types.ts";
import type { Update } from "../support/update.ts";

/** In seconds. */
const deadline = 8;

let acceptance: Acceptance;
let old: RunningContainer[];

describe("a release that never becomes healthy", () => {
  let update: Update;
  let seen: Summary;
  let took: number;

  beforeAll(async () => {
    acceptance = await Acceptance.open();
    await acceptance.deployWeb("v1");
    old = await acceptance.replicas();
    await acceptance.configureWeb("broken", { rollout: { deadline: `${deadline}s`, drain: "15s" } });

    await using load = await acceptance.load();
    update = await acceptance.stack.failingUp();
    took = now() - update.commanded;
    await load.answers(100);
    await load.stop();
    seen = load.summary({ versions: ["v1"] });
    figure("broken release", { "command to failure": seconds(took), ...requestFigures(seen) });
  });

  test("fails when its deadline is over", () => {
    expect(took).toBeGreaterThan(deadline * 1000);
    // It ends with it: what is on top is the engine, on a slow machine.
    expect(took).toBeLessThan((deadline + 60) * 1000);
  });

  test("reports each replica that is not healthy, its host, its last check and the end of its log", () => {
    for (const { host } of old) {
      const replica = new RegExp(
        `web-${host} on host ${host} .*: last check from edge h1: HTTP 503.*\\n +\\| .+`,
      );
      expect(update.output).toMatch(replica);
    }
    expect(update.output).toMatch(`5 replicas not healthy within ${deadline} s`);
    expect(update.output).toMatch(/no traffic was moved; what served before serves on/);
    expect(update.output).toMatch(/[\d,]+ requests while it ran, 0 failed/);
  });

  test("is not noticed by users: no failed request, no answer of the new version", () => {
    expect(seen).toMatchObject({ failed: 0, examples: [] });
  });

  test("leaves the old replicas running", async () => {
    const running = await acceptance.replicas();
    expect(running.filter(({ image }) => image === example("v1"))).toEqual(old);
  });
});

describe("the next good release", () => {
  let seen: Summary;

  beforeAll(async () => {
    await acceptance.configureWeb("v2");
    await using load = await acceptance.load();
    await acceptance.stack.up();
    await load.answers(100);
    await load.stop();
    seen = load.summary({ versions: ["v1", "v2"] });
    figure("good release after the broken one", requestFigures(seen));
  });

  test("succeeds without a failed request", () => {
    expect(seen).toMatchObject({ failed: 0, examples: [] });
    expect(overlap(seen, "v1", "v2").byStart).toBeLessThanOrEqual(100);
  });

  test("removes every leftover", async () => {
    const images = (await acceptance.replicas()).map(({ image }) => image);
    expect(images).toEqual(Array(5).fill(example("v2")));
  });
});
