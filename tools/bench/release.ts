import { drawRelease } from "../../cli/picture/draw.ts";
import { TestStack } from "../../test/support/stack.ts";
import { labDown, labStatus, labUp } from "../lab/lab.ts";
import { setUp } from "../setup/setUp.ts";
import { handoverRelease } from "./handover.ts";
import { keepFile, keepResult } from "./keep.ts";
import type { Measurement } from "./measurement.ts";
import { plainRelease } from "./plain.ts";
import { swarmRelease } from "./swarm.ts";
import { table } from "./table.ts";

/** What the replicas do before they are healthy. */
const warmups = ["0s", "1s"];

/** The releases of one warm-up. */
interface Comparison {
  warmup: string;
  /** In seconds, under the same load: what every tool has to wait for. */
  limit: number;
  /** In seconds, under the same load: what every update of Pulumi's takes. */
  engine: number;
  measurements: Measurement[];
}

/**
 * Measures a release of five replicas on the lab's five hosts, without warm-up and with a second of it, and under load:
 * Handover's, Docker Swarm's with all five tasks at a time and with one, and that of a plain Pulumi program; beside what
 * the hosts need at the least. The result replaces the last one in `docs/benchmarks/release.json`, and the pictures of
 * what the load generator saw are drawn anew beside it.
 */
export async function releaseBench({ json }: { json: boolean }): Promise<void> {
  await setUp();
  const wasUp = (await labStatus()).up;
  await labUp();
  try {
    const stack = await TestStack.create();
    const { hosts, haproxyImage = "haproxy:3.2" } = await stack.config().finally(() => stack.remove());
    const comparisons: Comparison[] = [];
    for (const warmup of warmups) {
      const handover = await handoverRelease(warmup);
      const releases = {
        handover,
        "swarm-5": await swarmRelease(hosts, haproxyImage, 5, warmup),
        "swarm-1": await swarmRelease(hosts, haproxyImage, 1, warmup),
        plain: await plainRelease(hosts, haproxyImage, warmup),
      };
      const measurements = Object.values(releases).map(({ measurement }) => measurement);
      comparisons.push({ warmup, limit: handover.limit, engine: handover.engine, measurements });
      // With a warm-up there is more to see.
      for (const [name, { recording }] of Object.entries(releases))
        await keepFile(`release-${name}.svg`, drawRelease(recording));
    }
    const text = await keepResult("release", { comparisons });
    console.log(json ? text : comparisons.map(inWords).join("\n"));
  } finally {
    if (!wasUp) await labDown();
  }
}

function inWords({ warmup, limit, engine, measurements }: Comparison): string {
  const [handover] = measurements;
  const times = ((handover?.lastOldEnded ?? NaN) - engine) / limit;
  return `
Warm-up ${warmup}, all under the same load: docker run to the first healthy answer ${limit.toFixed(1)} s; an update with nothing to do ${engine.toFixed(1)} s;
Handover's release without the latter is ${times.toFixed(1)} times the former.

${table(measurements)}`;
}
