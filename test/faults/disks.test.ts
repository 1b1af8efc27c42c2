import { afterEach, describe, expect, test } from "vitest";
import { labHost } from "../../tools/lab/hosts.ts";
import { clearDisk, fillDisk, smallDisk } from "../../tools/lab/disk.ts";
import { startHost, wipeHost } from "../../tools/lab/lab.ts";
import { Acceptance } from "../support/acceptance.ts";
import { everyFault } from "../support/everyFault.ts";
import { figure, requestFigures, seconds } from "../support/figures.ts";
import { now } from "../support/load/types.ts";
import { moments, PulumiRun } from "../support/pulumiRun.ts";
import { example } from "../support/web.ts";

/** In megabytes: room for the images, and for what containers write. */
const size = 400;

const cases = [
  { what: "a host is full", name: "h4", before: true },
  { what: "the edge's host becomes full while new replicas start", name: "h1", before: false },
];

describe.runIf(everyFault)("when the disk of", () => {
  afterEach(async () => {
    for (const { name } of cases) {
      await wipeHost(labHost(name));
      await startHost(labHost(name));
    }
    // One update makes other machines under the same addresses right.
    await (await Acceptance.open()).deployWeb("v1");
  });

  test.each(cases)(
    "$what: the update fails soon and says why, the old version serves, nothing half-made is left",
    async ({ what, name, before }) => {
      const host = labHost(name);
      await wipeHost(host);
      await smallDisk(host, size);
      await startHost(host);
      const acceptance = await Acceptance.open();
      await acceptance.deployWeb("v1");
      const old = await acceptance.replicas();

      await using load = await acceptance.load();
      await acceptance.configureWeb("v2");
      if (before) await fillDisk(host);
      const commanded = now();
      await using run = new PulumiRun(acceptance.stack);
      if (!before) {
        await run.until(moments["while waiting for health"], "it waits for health");
        await fillDisk(host);
      }
      const succeeded = await run.ended();
      const took = now() - commanded;
      figure(`the disk: ${what}`, { "command to failure": seconds(took) });
      expect(succeeded, run.output).toBe(false);
      expect(run.output).toMatch(/no space left/i);
      expect(took).toBeLessThan(90_000);
      const failed = now();
      await load.answers(100);
      expect(load.summary()).toMatchObject({ failed: 0, examples: [] });
      // What cannot be written down does not count as released, although it has served for a moment.
      const serves = load.results.filter(({ start }) => start > (before ? commanded : failed));
      expect([...new Set(serves.map(({ version }) => version))]).toEqual(["v1"]);
      const running = await acceptance.runningReplicas();
      expect(running).toEqual(old);

      await clearDisk(host);
      await acceptance.stack.up();
      await load.answers(100);
      await load.stop();
      const summary = load.summary({ versions: ["v1", "v2"] });
      figure(`the disk: ${what}`, requestFigures(summary));
      expect(summary).toMatchObject({ failed: 0, examples: [] });
      const replicas = (await acceptance.replicas()).map(({ image, state }) => `${image} ${state}`);
      expect(replicas).toEqual(Array(5).fill(`${example("v2")} running`));
    },
  );
});
