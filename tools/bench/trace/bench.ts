import { bandsOf } from "../../../cli/picture/recording.ts";
import type { RolloutReport } from "../../../components/rollout/report.ts";
import { PulumiRun } from "../../../test/support/pulumiRun.ts";
import { setUp } from "../../setup/setUp.ts";
import { withFleet, type FleetSize } from "../fleet/fleetStack.ts";
import { keepFile } from "../keep.ts";
import { toldBy } from "../told.ts";
import { drawTrace } from "./draw.ts";
import { spansOf } from "./spans.ts";

/** Draws where the time of a release goes, from the engine's events and the rollout's report. */
export async function traceBench({ hosts, replicas }: FleetSize): Promise<void> {
  await setUp();
  const spans = await withFleet({ hosts, replicas }, async ({ stack, wants }) => {
    await stack.up();
    await wants("acme/web:2", replicas);
    const commanded = Date.now();
    await using run = new PulumiRun(stack);
    if (!(await run.ended())) throw new Error(run.output);
    const returned = Date.now();
    const { web } = (await stack.outputs())["rollouts"]?.value as { web: RolloutReport };
    return spansOf({ commanded, returned, events: run.events, bands: bandsOf(toldBy(web), {}) });
  });
  const title = `A release of ${replicas} replicas on ${hosts} hosts: pulumi up`;
  console.log(await keepFile("trace.svg", drawTrace(title, spans)));
}
