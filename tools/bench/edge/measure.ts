import { setTimeout as pause } from "node:timers/promises";
import { openEdge } from "../../../components/edge/dockerEdge.ts";
import type { EdgeDocument } from "../../../components/rollout/document.ts";
import { until } from "../../../components/until.ts";
import { EdgeContainer } from "../../../test/support/edgeContainer.ts";
import { freePort } from "../../../test/support/freePort.ts";
import { now } from "../../../test/support/load/types.ts";
import { askHaproxy, processesOf, type Containers } from "../containers.ts";
import { quantile } from "../../../cli/quantile.ts";
import { median, round } from "../figures.ts";
import { LoadProcess } from "../load/loadProcess.ts";
import type { LoadResult } from "../load/types.ts";
import { memoryOf, processorTimeOf } from "../processes.ts";
import {
  backendOf,
  hostOf,
  populate,
  serversOf,
  serviceName,
  timedReload,
  type EdgeSize,
} from "./population.ts";

/** The steps of a rollout that an edge has a part in. */
export type Step = "declare" | "stage" | "healthy" | "shift" | "commit" | "clean";

/** Times to answer, in milliseconds. */
export interface Answers {
  median: number;
  p99: number;
  slowest: number;
}

export interface EdgeMeasurement extends EdgeSize {
  /** How long each step of one service's rollout takes, in milliseconds: the median of several. */
  steps: Record<Step, number>;
  /** From the command until the new worker answers, in milliseconds. */
  reload: number;
  /** Of all the edge's processes, in MiB: at rest, and the most in a reload, while there are two workers. */
  memory: { atRest: number; inReload: number };
  /** Of the health checks at rest: how many there are in a second, and percent of one core that they take. */
  checks: { rate: number; core: number };
  /** Of the service that is released: at rest, about the shifts, and from stage to clean. */
  answers: { atRest: Answers; shift: Answers; rollout: Answers };
}

const releases = ["2b3c4d", "3c4d5e", "4d5e6f"];
/** Requests per second for the service that is released. */
const rate = 400;
/** In milliseconds: until all checks have their usual pace, at rest under load, and what counts as about a shift. */
const times = { settle: 6_000, atRest: 4_000, shift: 500 };

/** Stands for the gateways of ten hosts and all containers behind them: it is always well, and fast. */
const gatewaysConfig = (addresses: string[]) => `
defaults
  mode http
  timeout client 90s
frontend gateways
  bind ${addresses.join(",")}
  http-request return status 200 content-type text/plain string ok
`;

export async function measureEdge(containers: Containers, size: EdgeSize): Promise<EdgeMeasurement> {
  const port = await freePort();
  const addresses = Array.from({ length: 10 }, (_, index) => `127.1.0.${index + 1}:${port}`);
  const gateways = await containers.haproxy(
    `gateways-${size.services}-${size.servers}`,
    gatewaysConfig(addresses),
    { network: "host" },
  );
  const edge = await EdgeContainer.start();
  const { document } = edge;
  try {
    await until(async () => edge.runtime("show info").catch(() => undefined), { within: 10_000 });
    await populate(document, size, addresses);
    await timedReload(document);
    await pause(times.settle);
    const checks = await measureChecks(document, gateways);
    const atRest = await memory(document);
    const released = await measureReleases(edge, size, addresses);
    const { result: reload, peak: inReload } = await peakMemory(document, () => timedReload(document));
    return { ...size, ...released, reload: round(reload, 0), memory: { atRest, inReload }, checks };
  } finally {
    await edge.remove();
  }
}

async function measureChecks(document: EdgeDocument, gateways: string): Promise<EdgeMeasurement["checks"]> {
  const look = async () => ({
    at: now(),
    requests: Number(/^CumReq: (\d+)/m.exec(await askHaproxy(gateways, "show info"))?.[1]),
    time: await processorTimeOf(await processesOf(document.container)),
  });
  const before = await look();
  await pause(times.atRest);
  const after = await look();
  const passed = after.at - before.at;
  return {
    rate: round(((after.requests - before.requests) / passed) * 1000, 0),
    core: round(((after.time - before.time) / passed) * 100, 1),
  };
}

async function memory(document: EdgeDocument): Promise<number> {
  const each = await Promise.all(
    // One that has ended in the meantime has none.
    (await processesOf(document.container)).map((id) => memoryOf(id).catch(() => 0)),
  );
  return Math.round(each.reduce((sum, one) => sum + one, 0));
}

/** The most memory that is seen while something is done. */
async function peakMemory<T>(
  document: EdgeDocument,
  act: () => Promise<T>,
): Promise<{ result: T; peak: number }> {
  let over = false;
  let peak = 0;
  const watch = (async () => {
    while (!over) peak = Math.max(peak, await memory(document));
  })();
  try {
    const result = await act();
    over = true;
    await watch;
    return { result, peak };
  } finally {
    over = true;
  }
}

/** Releases the first service several times, under load. */
async function measureReleases(
  container: EdgeContainer,
  { servers }: EdgeSize,
  gateways: string[],
): Promise<Pick<EdgeMeasurement, "steps" | "answers">> {
  const service = serviceName(0);
  const backend = backendOf(service, servers);
  const took: Record<Step, number[]> = {
    declare: [],
    stage: [],
    healthy: [],
    shift: [],
    commit: [],
    clean: [],
  };
  const began: Record<Step, number[]> = structuredClone(took);
  const step = async (name: Step, act: () => Promise<unknown>) => {
    const start = now();
    await act();
    began[name].push(start);
    took[name].push(now() - start);
  };
  await using load = new LoadProcess();
  const loaded = load.run({
    sending: "keepAlive",
    url: container.url,
    host: hostOf(service),
    atOnce: 8,
    rate,
  });
  loaded.catch(() => {});
  await pause(times.atRest);
  const edge = await openEdge(container.document, service);
  try {
    let old = (await edge.servers()).map(({ name }) => name);
    for (const release of releases) {
      const young = serversOf(service, release, servers, gateways);
      const names = young.map(({ name }) => name);
      await step("declare", () => edge.declare(backend));
      await step("stage", () => edge.add(backend, young));
      await step("healthy", () => healthy(edge, names));
      await step("shift", () => edge.shift({ ready: names, drain: old }));
      await step("commit", () => edge.commit(backend, young));
      await pause(times.shift);
      await step("clean", () => edge.remove(old));
      old = names;
    }
  } finally {
    await edge.close();
    load.stop();
  }
  const result = await loaded;
  const ofRelease = (name: Step) => releases.map((_, index) => began[name][index]!);
  const atRest = within(result, [[began.declare[0]! - times.atRest / 2, began.declare[0]!]]);
  const shift = within(
    result,
    ofRelease("shift").map((at) => [at, at + times.shift]),
  );
  const rollout = within(
    result,
    ofRelease("stage").map((at, index) => [at, began.clean[index]! + took.clean[index]!]),
  );
  const steps = Object.fromEntries(
    Object.entries(took).map(([name, each]) => [name, round(median(each), 1)]),
  ) as Record<Step, number>;
  return { steps, answers: { atRest, shift, rollout } };
}

async function healthy(edge: Awaited<ReturnType<typeof openEdge>>, names: string[]): Promise<void> {
  const wanted = new Set(names);
  const all = await until(
    async () => (await edge.servers()).every(({ name, health }) => !wanted.has(name) || health === "up"),
    { within: 20_000, every: 50 },
  );
  if (!all) throw new Error("the servers do not become healthy");
}

/** The answers to the requests that were under way in one of these times. */
function within({ starts, took }: LoadResult, spans: [from: number, to: number][]): Answers {
  const met = took.filter((time, index) =>
    spans.some(([from, to]) => starts[index]! < to && starts[index]! + time > from),
  );
  return {
    median: round(quantile(met, 0.5), 2),
    p99: round(quantile(met, 0.99), 1),
    slowest: round(Math.max(...met), 1),
  };
}
