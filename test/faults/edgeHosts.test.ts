import { afterAll, afterEach, beforeAll, describe, expect, test } from "vitest";
import type { Phase } from "../../components/rollout/report.ts";
import { until } from "../../components/until.ts";
import { engineAnswers } from "../../tools/lab/engine.ts";
import { labHost } from "../../tools/lab/hosts.ts";
import { killHost, startHost } from "../../tools/lab/lab.ts";
import { Acceptance } from "../support/acceptance.ts";
import { everyFault } from "../support/everyFault.ts";
import { failuresWithout, postDuring } from "../support/failures.ts";
import { figure, requestFigures, seconds } from "../support/figures.ts";
import { now } from "../support/load/types.ts";
import { PulumiRun } from "../support/pulumiRun.ts";
import { RolloutPhases, rolloutThrough } from "../support/rolloutPhases.ts";
import { example } from "../support/web.ts";

/** When the host dies: in a step of a release, or with none going on. */
type When = Phase | "at rest";

/** An update may wait for requests that need ten seconds, and for a host until it is certain that it is gone. */
const endsWithin = 60_000;

let acceptance: Acceptance;

const url = (host: string) => `http://${labHost(host).address}`;

/** Which version a host's edge answers with. */
async function versionAt(host: string): Promise<string | undefined> {
  const answer = await fetch(url(host), { signal: AbortSignal.timeout(2_000) }).catch(() => undefined);
  return answer?.ok ? ((await answer.json()) as { version: string }).version : undefined;
}

async function edgesOn(...hosts: string[]): Promise<void> {
  const { loadBalancer } = await acceptance.stack.config();
  await acceptance.stack.configure({ loadBalancer: { ...loadBalancer, hosts } });
}

async function restore(): Promise<void> {
  for (const { name } of acceptance.hosts) await startHost(labHost(name));
  await acceptance.stack.setHostStates({});
  await acceptance.deployWeb("v1");
}

beforeAll(async () => {
  acceptance = await Acceptance.open();
});

describe("of two edges, the host of one dies", () => {
  beforeAll(async () => {
    await edgesOn("h1", "h2");
    await acceptance.deployWeb("v1");
  });
  afterEach(restore);
  afterAll(async () => {
    await edgesOn("h1");
    await acceptance.stack.up();
  });

  const all: When[] = ["at rest", "healthy", "bake", "drain"];
  test.each((everyFault ? all : (["healthy"] satisfies When[])).map((when) => ({ when })))(
    "$when: the other serves on; marked lost, the update goes on without it; it comes back with the next one",
    async ({ when }) => {
      const release = { rollout: rolloutThrough(when) };
      await using load = await acceptance.load();
      await acceptance.configureWeb("v2", release);
      let killed = now();
      if (when === "at rest") {
        await killHost(labHost("h2"));
      } else {
        const steps = await RolloutPhases.of(acceptance, { host: "h1", load, version: "v2" });
        await using run = new PulumiRun(acceptance.stack);
        await steps.until(when, run);
        killed = now();
        await killHost(labHost("h2"));
        const succeeded = await run.ended();
        const took = now() - killed;
        figure(`one of two edges dies: ${when}`, {
          "the update ended after": seconds(took),
          succeeded: String(succeeded),
        });
        expect(took).toBeLessThan(endsWithin);
        expect(run.output).toMatch(/pulumi config set .*hosts\.h2\.state lost/);
      }
      await acceptance.stack.setHostStates({ h2: "lost" });
      await acceptance.stack.up();
      await load.answers(100);
      await load.stop();
      // A post that was on its way to the replica of the dead host is never repeated.
      expect(failuresWithout(postDuring({ from: killed, to: killed + 3_000 }), load)).toEqual([]);
      figure(`one of two edges dies: ${when}`, requestFigures(load.summary()));
      expect(await versionAt("h1")).toBe("v2");
      const alive = acceptance.hosts.filter(({ name }) => name !== "h2");
      expect((await acceptance.replicasOn(alive)).map(({ image }) => image)).toEqual(
        Array(5).fill(example("v2")),
      );

      await startHost(labHost("h2"));
      await acceptance.stack.setHostStates({});
      await acceptance.stack.up();
      expect([await versionAt("h1"), await versionAt("h2")]).toEqual(["v2", "v2"]);
    },
  );
});

describe.runIf(everyFault)("the host of the only edge dies", () => {
  beforeAll(() => acceptance.deployWeb("v1"));
  afterEach(restore);

  const all: { when: When; committed: string }[] = [
    { when: "at rest", committed: "v1" },
    { when: "healthy", committed: "v1" },
    { when: "drain", committed: "v2" },
  ];
  test.each(all)(
    "$when: it is back within seconds of the host's return, with $committed, and the next update finishes",
    async ({ when, committed }) => {
      const release = { rollout: rolloutThrough(when) };
      await using before = await acceptance.load();
      if (when === "at rest") {
        await killHost(labHost("h1"));
      } else {
        await acceptance.configureWeb("v2", release);
        const steps = await RolloutPhases.of(acceptance, { host: "h1", load: before, version: "v2" });
        await using run = new PulumiRun(acceptance.stack);
        await steps.until(when, run);
        const killed = now();
        await killHost(labHost("h1"));
        expect(await run.ended()).toBe(false);
        expect(now() - killed).toBeLessThan(endsWithin);
      }
      await before.stop();

      const starting = startHost(labHost("h1"));
      await until(() => engineAnswers(labHost("h1")), { within: 60_000, every: 50 });
      const returned = now();
      const version = await until(() => versionAt("h1"), { within: 60_000, every: 50 });
      const took = now() - returned;
      await starting;
      figure(`the host of the only edge dies: ${when}`, {
        "back after its engine by": seconds(took),
        with: version ?? "",
      });
      expect(version).toBe(committed);

      await using load = await acceptance.load();
      await acceptance.deployWeb("v2", release);
      await load.answers(50);
      await load.stop();
      expect(load.summary({ versions: ["v1", "v2"] })).toMatchObject({ failed: 0, examples: [] });
      expect(await versionAt("h1")).toBe("v2");
    },
  );
});
