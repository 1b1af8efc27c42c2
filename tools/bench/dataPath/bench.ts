import { askHaproxy, Containers } from "../containers.ts";
import { quantile } from "../../../cli/quantile.ts";
import { keep } from "../keep.ts";
import { LoadProcess } from "../load/loadProcess.ts";
import type { Sending } from "../load/types.ts";
import { processorTimeOf } from "../processes.ts";
import { ensureDocker } from "../../setup/docker.ts";
import { ensureImages } from "../../setup/images.ts";
import { summarised, type DataPathSummary, type Kind, type Sample } from "./summary.ts";
import { dataPathTable } from "./table.ts";
import { startWays, type Way, type Ways } from "./ways.ts";

/** What is asked for, how, and how many times a second at a moderate load. */
const kinds: Record<Kind, { sending: Sending; path: string; rate: number }> = {
  "keep-alive": { sending: "keepAlive", path: "/", rate: 1_000 },
  "one-shot": { sending: "oneShot", path: "/", rate: 300 },
  "HTTP/2": { sending: "http2", path: "/", rate: 1_000 },
  "100 kB": { sending: "keepAlive", path: "/body", rate: 300 },
  WebSocket: { sending: "webSocket", path: "/echo", rate: 1_000 },
};

const atOnce = 16;
/** In milliseconds. */
const times = { moderate: 600, full: 400 };

export interface DataPath extends DataPathSummary {
  /** What the gateway asked Docker's DNS meanwhile. */
  dns: { queries: number; seconds: number; connections: number };
}

export async function dataPathBench({ json }: { json: boolean }): Promise<void> {
  await ensureDocker();
  await ensureImages();
  const all = Object.keys(kinds) as Kind[];
  await keep("data-path", await measureDataPath(all, { rounds: 4 }), { json, table: dataPathTable });
}

/**
 * Measures the four ways to an application, at a moderate load and at as much as there can be, in rounds: one way after
 * the other, so that what else the machine does meets all of them.
 */
export async function measureDataPath(wanted: Kind[], { rounds }: { rounds: number }): Promise<DataPath> {
  await using containers = await Containers.create();
  await using load = new LoadProcess();
  const ways = await startWays(containers);
  try {
    const samples: Sample[] = [];
    const before = await dnsQueries(ways.gateway);
    const began = performance.now();
    for (let round = 0; round <= rounds; round++) {
      for (const kind of wanted) {
        for (const pace of ["moderate", "full"] as const) {
          for (const way of ways.ways) {
            // The example application speaks HTTP/1.1 only.
            if (kind === "HTTP/2" && way.proxies.length === 0) continue;
            const sample = await measure(load, way, ways, kind, pace);
            // The first round only warms up.
            if (round > 0) samples.push({ round, kind, way: way.name, pace, ...sample });
          }
        }
      }
    }
    const dns = {
      queries: (await dnsQueries(ways.gateway)) - before,
      seconds: Math.round((performance.now() - began) / 1000),
      connections: atOnce,
    };
    return { ...summarised(samples), dns };
  } finally {
    await ways.stop();
  }
}

async function measure(
  load: LoadProcess,
  way: Way,
  { applications }: Ways,
  kind: Kind,
  pace: Sample["pace"],
) {
  const { sending, path, rate } = kinds[kind];
  const before = [await processorTimeOf(way.proxies), await processorTimeOf(applications)] as const;
  const { took, elapsed } = await load.run({
    sending,
    url: way.url(path),
    atOnce,
    time: times[pace],
    ...(pace === "moderate" && { rate }),
  });
  const each = (after: number, earlier: number) => ((after - earlier) * 1000) / took.length;
  return {
    rate: (took.length / elapsed) * 1000,
    median: quantile(took, 0.5),
    p99: quantile(took, 0.99),
    proxies: each(await processorTimeOf(way.proxies), before[0]),
    application: each(await processorTimeOf(applications), before[1]),
  };
}

/** How many questions the gateway has sent to Docker's DNS. */
async function dnsQueries(gateway: string): Promise<number> {
  const answer = await askHaproxy(gateway, "show resolvers docker");
  return Number(/^\s*sent:\s*(\d+)/m.exec(answer)?.[1] ?? NaN);
}
