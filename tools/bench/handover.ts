import { webService } from "../../test/support/web.ts";
import { labHosts } from "../../test/support/containers.ts";
import { TestStack } from "../../test/support/stack.ts";
import { bandsOf } from "../../cli/picture/recording.ts";
import type { RolloutReport } from "../../components/rollout/report.ts";
import type { Watch } from "../../test/support/watch.ts";
import { measure } from "./measurement.ts";
import { toldBy } from "./told.ts";

/** This project's release on the lab's hosts. */
export async function handoverRelease(): Promise<Awaited<ReturnType<typeof measure>>> {
  const stack = await TestStack.create();
  try {
    const { hosts, loadBalancer } = await stack.config();
    await stack.configure({ services: { web: webService("v1") } });
    await stack.up();
    await stack.configure({ services: { web: webService("v2") } });
    return await measure({
      name: "Handover",
      hosts: labHosts(hosts),
      stack: stack.name,
      load: { url: `http://${hosts[loadBalancer.hosts[0] ?? ""]?.address}` },
      oldImage: "handover-example:v1",
      oldReplicas: 5,
      run: () => stack.up(),
      steps: async (watch) => stepsOf(reportIn(await stack.outputs()), watch),
    });
  } finally {
    await stack.destroy();
    await stack.remove();
  }
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
