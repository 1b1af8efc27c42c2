import { ensureDocker } from "../../setup/docker.ts";
import { ensureImages } from "../../setup/images.ts";
import { Containers } from "../containers.ts";
import { keep } from "../keep.ts";
import { markdown } from "../table.ts";
import { measureEdge, type Answers, type EdgeMeasurement } from "./measure.ts";
import type { EdgeSize } from "./population.ts";

/** Measures edges of these sizes, one after the other. */
export async function edgeBench(sizes: EdgeSize[], { json }: { json: boolean }): Promise<void> {
  await ensureDocker();
  await ensureImages();
  await using containers = await Containers.create();
  const measurements: EdgeMeasurement[] = [];
  for (const size of sizes) measurements.push(await measureEdge(containers, size));
  await keep("edge", measurements, { json, table: edgeTable });
}

/** What each size takes: the steps and the memory, then the checks and the answers. */
export function edgeTable(measurements: EdgeMeasurement[]): string {
  const first = measurements[0]?.steps ?? {};
  const size = ({ services, servers }: EdgeMeasurement) => `${services} x ${servers}`;
  const answers = ({ median, p99, slowest }: Answers) => `${median} / ${p99} / ${slowest} ms`;
  const steps = markdown([
    ["services x servers", ...Object.keys(first), "reload", "memory", "in a reload"],
    ...measurements.map((each) => [
      size(each),
      ...Object.values(each.steps).map((time) => `${time} ms`),
      `${each.reload} ms`,
      `${each.memory.atRest} MiB`,
      `${each.memory.inReload} MiB`,
    ]),
  ]);
  const rest = markdown([
    ["services x servers", "checks", "of one core", "answers at rest", "about a shift", "in a rollout"],
    ...measurements.map((each) => [
      size(each),
      `${each.checks.rate} / s`,
      `${each.checks.core} %`,
      answers(each.answers.atRest),
      answers(each.answers.shift),
      answers(each.answers.rollout),
    ]),
  ]);
  return `${steps}\n\n${rest}\n\nAnswers: median / p99 / slowest.`;
}
