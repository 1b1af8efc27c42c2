import { mkdir, writeFile } from "node:fs/promises";
import path from "node:path";
import { drawRelease } from "../../cli/picture/draw.ts";
import { TestStack } from "../../test/support/stack.ts";
import { labDown, labStatus, labUp } from "../lab/lab.ts";
import { setUp } from "../setup/setUp.ts";
import { handoverRelease } from "./handover.ts";
import { machine } from "./machine.ts";
import { swarmRelease } from "./swarm.ts";
import { table } from "./table.ts";

const resultFile = path.resolve(import.meta.dirname, "../../docs/benchmarks/release.json");

/**
 * Measures a release of five replicas on the lab's five hosts, with one second of warm-up and under load: Handover's,
 * and Docker Swarm's with all five tasks at a time and with one. The result replaces the last one in
 * `docs/benchmarks/release.json`, and the pictures of what the load generator saw are drawn anew beside it.
 */
export async function releaseBench({ json }: { json: boolean }): Promise<void> {
  await setUp();
  const wasUp = (await labStatus()).up;
  await labUp();
  try {
    const stack = await TestStack.create();
    const { hosts, haproxyImage = "haproxy:3.2" } = await stack.config().finally(() => stack.remove());
    const releases = {
      handover: await handoverRelease(),
      "swarm-5": await swarmRelease(hosts, haproxyImage, 5),
      "swarm-1": await swarmRelease(hosts, haproxyImage, 1),
    };
    const measurements = Object.values(releases).map(({ measurement }) => measurement);
    const result = { measured: new Date().toISOString(), machine: machine(), measurements };
    await mkdir(path.dirname(resultFile), { recursive: true });
    await writeFile(resultFile, `${JSON.stringify(result, null, 2)}\n`);
    for (const [name, { recording }] of Object.entries(releases)) {
      await writeFile(path.join(path.dirname(resultFile), `release-${name}.svg`), drawRelease(recording));
    }
    console.log(json ? JSON.stringify(result, null, 2) : `\n${table(measurements)}`);
  } finally {
    if (!wasUp) await labDown();
  }
}
