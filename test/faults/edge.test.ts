import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { rm, writeFile } from "node:fs/promises";
import { execa } from "execa";
import { phases, type Phase } from "../../components/rollout/report.ts";
import type { LoadBalancerConfig } from "../../components/types.ts";
import { until } from "../../components/until.ts";
import { labHost } from "../../tools/lab/hosts.ts";
import { Acceptance } from "../support/acceptance.ts";
import { containers } from "../support/containers.ts";
import { everyFault } from "../support/everyFault.ts";
import { during, failuresWithout } from "../support/failures.ts";
import { figure, requestFigures, seconds } from "../support/figures.ts";
import { now } from "../support/load/types.ts";
import { PulumiRun } from "../support/pulumiRun.ts";
import { CommittedSet, RolloutPhases, rolloutThrough } from "../support/rolloutPhases.ts";
import { example } from "../support/web.ts";

let acceptance: Acceptance;
const { docker } = labHost("h1");

beforeAll(async () => {
  acceptance = await Acceptance.open();
  await acceptance.deployWeb("v1");
});

async function inspectEdge(format: string): Promise<string> {
  const edges = await containers([{ name: "h1", docker }], acceptance.stack.name);
  const edge = edges.find(({ role, state }) => role === "edge" && state !== "removing");
  return (await execa("docker", ["-H", docker, "inspect", "--format", format, edge!.id])).stdout;
}

/** Ways to end a container. */
const ends = {
  /** Docker starts it again at once. */
  crashed: async ({ pid }: RunningEdge) => void process.kill(pid, "SIGKILL"),
  /** Docker does not start again what somebody has killed. */
  killed: async ({ id }: RunningEdge) => void (await execa("docker", ["-H", docker, "kill", id])),
  restarted: async ({ id }: RunningEdge) =>
    void (await execa("docker", ["-H", docker, "restart", "--time", "2", id])),
};
type End = keyof typeof ends;

interface RunningEdge {
  id: string;
  pid: number;
  started: string;
}

async function runningEdge(): Promise<RunningEdge> {
  const [id = "", pid, started = ""] = (
    await inspectEdge("{{.Id}} {{.State.Pid}} {{.State.StartedAt}}")
  ).split(" ");
  return { id, pid: Number(pid), started };
}

/**
 * Ends the edge. Who asks for it first must not be late: the step that it is to happen in may be short.
 * @returns from when to when nobody could count on it
 */
async function outage(
  end: End,
  edge: RunningEdge,
  startedBy: "rollout" | "operator",
): Promise<{ from: number; to: number }> {
  const from = now();
  await ends[end](edge);
  if (startedBy === "operator") await execa("docker", ["-H", docker, "start", edge.id]);
  const isBack = async () =>
    (await inspectEdge("{{.State.StartedAt}}")) !== edge.started &&
    (await fetch(acceptance.url).then(
      ({ ok }) => ok,
      () => false,
    ));
  expect(await until(isBack, { within: 60_000, every: 50 })).toBe(true);
  return { from, to: now() };
}

describe("the edge's container in the middle of a release", () => {
  const all = phases.flatMap((phase) => (Object.keys(ends) as End[]).map((end) => ({ end, phase })));
  const some: { end: End; phase: Phase }[] = [{ end: "killed", phase: "bake" }];
  let version = "v1";
  let timeout = "2s";

  test.each(everyFault ? all : some)(
    "$end in the step $phase: the same update goes on and finishes, with no request lost but those cut",
    async ({ end, phase }) => {
      const before = version;
      version = version === "v1" ? "v2" : "v1";
      if (phase === "declare") timeout = timeout === "2s" ? "3s" : "2s";
      await acceptance.configureWeb(version, {
        healthCheck: { path: "/healthz", interval: "1s", timeout },
        rollout: rolloutThrough(phase),
      });
      await using load = await acceptance.load();
      const committed = await CommittedSet.of(acceptance, "h1");
      const steps = await RolloutPhases.of(acceptance, { host: "h1", load, version });
      await using run = new PulumiRun(acceptance.stack);
      const edge = await runningEdge();
      await steps.until(phase, run);
      // A rollout that needs the edge no more starts none: `handover status` says then what does.
      const startedBy = phase === "clean" && end === "killed" ? "operator" : "rollout";
      const cut = await outage(end, edge, startedBy);
      // What it began with runs.
      const names = (await acceptance.replicas()).map(({ name }) => name);
      expect(names).toEqual(expect.arrayContaining(await committed.containers()));
      const succeeded = await run.ended();
      expect(succeeded, run.output).toBe(true);
      await load.answers(50);
      await load.stop();
      expect(failuresWithout(during(cut), load)).toEqual([]);
      expect([before, version]).toEqual(expect.arrayContaining(Object.keys(load.summary().versions)));
      figure(`edge ${end} in the step ${phase}`, { "away for": seconds(cut.to - cut.from) });
      const images = (await acceptance.replicas()).map(({ image, state }) => `${image} ${state}`);
      expect(images).toEqual(Array(5).fill(`${example(version)} running`));
    },
  );
});

describe("a release of the edge itself", () => {
  let loadBalancer: LoadBalancerConfig;

  beforeAll(async () => {
    ({ loadBalancer } = await acceptance.stack.config());
    await acceptance.deployWeb("v1");
  });
  afterAll(async () => {
    await acceptance.stack.configure({ loadBalancer });
    await acceptance.stack.up();
  });

  test("loses no request: the old one finishes what it has", async () => {
    await using load = await acceptance.load();
    const first = await inspectEdge("{{.Id}}");
    await acceptance.stack.configure({ loadBalancer: { ...loadBalancer, statsPort: 8405 } });
    await acceptance.stack.up();
    const second = await inspectEdge("{{.Id}}");
    await acceptance.stack.configure({ loadBalancer });
    await acceptance.stack.up();
    await load.answers(100);
    await load.stop();
    const summary = load.summary();
    figure("two releases of the edge", requestFigures(summary));
    expect(second).not.toBe(first);
    expect(await inspectEdge("{{.Id}}")).not.toBe(second);
    expect(summary).toMatchObject({ failed: 0, examples: [] });
  });

  test("that HAProxy refuses is refused before it replaces anything", async () => {
    const committed = await CommittedSet.of(acceptance, "h1");
    await writeFile(committed.beside("bogus.cfg"), "bogus\n");
    const before = await acceptance.stack.storedResources();
    const edge = await inspectEdge("{{.Id}} {{.State.StartedAt}}");
    await using load = await acceptance.load();
    await acceptance.stack.configure({ loadBalancer: { ...loadBalancer, statsPort: 8405 } });
    const { output } = await acceptance.stack.failingUp();
    await acceptance.stack.configure({ loadBalancer });
    await rm(committed.beside("bogus.cfg"));
    expect(output).toMatch(
      /edge on h1: .* would not begin, so nothing was replaced: .*unknown keyword 'bogus'/s,
    );
    expect(await inspectEdge("{{.Id}} {{.State.StartedAt}}")).toBe(edge);
    expect(await acceptance.stack.storedResources()).toEqual(before);
    await load.answers(50);
    await load.stop();
    expect(load.summary({})).toMatchObject({ failed: 0, examples: [] });
  });
});
