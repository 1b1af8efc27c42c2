import { webService } from "../../test/support/web.ts";
import { labHosts } from "../../test/support/containers.ts";
import { TestStack } from "../../test/support/stack.ts";
import { bandsOf } from "../../cli/picture/recording.ts";
import type { HostArgs } from "../../components/types.ts";
import { Load } from "../../test/support/load.ts";
import type { LoadOptions } from "../../test/support/load/types.ts";
import type { RolloutReport } from "../../components/rollout/report.ts";
import type { Watch } from "../../test/support/watch.ts";
import { physicalLimit } from "./limit.ts";
import { measure } from "./measurement.ts";
import { toldBy } from "./told.ts";

/** What every release has to wait for, in seconds, on the same machine under the same load. */
interface Floor {
  /** An update that has nothing to do: what every update pays for the engine. */
  engine: number;
  /** What the hosts need at the least. */
  limit: number;
}

/** This project's release on the lab's hosts, and what it cannot be faster than. */
export async function handoverRelease(warmup: string): Promise<Awaited<ReturnType<typeof measure>> & Floor> {
  const stack = await TestStack.create();
  try {
    const { hosts, loadBalancer } = await stack.config();
    await stack.configure({ services: { web: webService("v1", { env: { WARMUP: warmup } }) } });
    await stack.up();
    const load = { url: `http://${hosts[loadBalancer.hosts[0] ?? ""]?.address}` };
    const floor = await floorUnder(load, { stack, hosts, warmup });
    await stack.configure({ services: { web: webService("v2", { env: { WARMUP: warmup } }) } });
    const measured = await measure({
      name: "Handover",
      hosts: labHosts(hosts),
      stack: stack.name,
      load,
      oldImage: "handover-example:v1",
      oldReplicas: 5,
      run: () => stack.up(),
      steps: async (watch) => stepsOf(reportIn(await stack.outputs()), watch),
    });
    return { ...measured, ...floor };
  } finally {
    await stack.destroy();
    await stack.remove();
  }
}

async function floorUnder(
  options: LoadOptions,
  { stack, hosts, warmup }: { stack: TestStack; hosts: Record<string, HostArgs>; warmup: string },
): Promise<Floor> {
  await using load = await Load.start(options);
  await load.answers(100);
  const began = performance.now();
  await stack.up({ expectNoChanges: true });
  const engine = (performance.now() - began) / 1000;
  return { engine, limit: await physicalLimit(hosts, warmup) };
}

function reportIn(outputs: Awaited<ReturnType<TestStack["outputs"]>>): RolloutReport {
  return (outputs["rollouts"]?.value as { web: RolloutReport }).web;
}

/** The rollout says its steps; what the engine did before and after is seen on the containers. */
function stepsOf(report: RolloutReport, watch: Watch) {
  const at = (action: string, image: string) =>
    watch.events.filter((event) => event.action === action && event.image === image).map((event) => event.at);
  const told = toldBy(report);
  const bands = bandsOf(told, {
    created: Math.min(...at("create", "handover-example:v2")),
    deleted: Math.max(...at("destroy", "handover-example:v1")),
  });
  return { bands, movedAt: told.movedAt };
}
