import { afterAll, beforeAll, expect, test } from "vitest";
import { execa } from "execa";
import { labHost } from "../../tools/lab/hosts.ts";
import { Acceptance } from "../support/acceptance.ts";
import type { RunningContainer } from "../support/containers.ts";
import { edgeServers } from "../support/edgeStats.ts";
import { everyFault } from "../support/everyFault.ts";
import { figure, requestFigures, seconds } from "../support/figures.ts";
import type { Load } from "../support/load.ts";
import { now } from "../support/load/types.ts";
import { badRegistry, imageInRegistry, type Misbehaviour } from "../support/badRegistry.ts";
import { example } from "../support/web.ts";

/** How long a pull may take, in seconds. */
const pull = 4;
/** Four of the five hosts have it. */
const image = imageInRegistry("web:2");
const without = labHost("h4");

let acceptance: Acceptance;
let load: Load;
let old: RunningContainer[];

beforeAll(async () => {
  acceptance = await Acceptance.open();
  await acceptance.deployWeb("v1");
  old = await acceptance.replicas();
  for (const { name, docker } of acceptance.hosts) {
    if (name !== without.name) await execa("docker", ["-H", docker, "tag", example("v2"), image]);
  }
  load = await acceptance.load();
});

afterAll(async () => {
  await load.stop();
  for (const { docker } of acceptance.hosts) {
    await execa("docker", ["-H", docker, "image", "rm", image], { reject: false });
  }
});

const some: Misbehaviour[] = ["hangs"];
const every: Misbehaviour[] = ["does not have it", "answers 500", "hangs"];

test.each(everyFault ? every : some)(
  "one host of five cannot get the image, because its registry %s: all of the service stays on the old version",
  async (misbehaviour) => {
    await using registry = await badRegistry(without, misbehaviour);
    await acceptance.configureWeb("v2", {
      image,
      env: { REGISTRY: misbehaviour },
      rollout: { pull: `${pull}s` },
    });
    const { output, commanded } = await acceptance.stack.failingUp();
    expect(registry.lines.some((line) => line.includes("/manifests/2"))).toBe(true);
    const took = now() - commanded;
    figure(`a registry that ${misbehaviour}`, { "command to failure": seconds(took) });
    expect(took).toBeLessThan((pull + 60) * 1000);
    expect(output).toMatch(/web-h4[\s\S]*127\.0\.0\.1:5000\/web:2/);
    await load.answers(50);
    expect(load.summary({ versions: ["v1"] })).toMatchObject({ failed: 0, examples: [] });
    const servers = (await edgeServers(new URL(acceptance.url).hostname)).map(
      ({ name }) => name.split(":")[0],
    );
    expect(servers.sort()).toEqual(old.map(({ name }) => name).sort());
  },
);

test("what could be made elsewhere has never run, and goes with the next good release", async () => {
  const replicas = await acceptance.replicas();
  expect(replicas.filter(({ state }) => state === "running")).toEqual(old);
  expect(replicas.some((replica) => replica.image === image)).toBe(true);
  expect(new Set(replicas.filter((replica) => replica.image === image).map(({ state }) => state))).toEqual(
    new Set(["created"]),
  );
  await acceptance.deployWeb("v3");
  await load.answers(50);
  await load.stop();
  const summary = load.summary({ versions: ["v1", "v3"] });
  figure("releases that cannot be pulled, and a good one", requestFigures(summary));
  expect(summary).toMatchObject({ failed: 0, examples: [] });
  const states = (await acceptance.replicas()).map(({ image, state }) => `${image} ${state}`);
  expect(states).toEqual(Array(5).fill(`${example("v3")} running`));
});
