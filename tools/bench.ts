import { parseArgs } from "node:util";
import { fleetBench } from "./bench/fleet/bench.ts";
import type { FleetSize } from "./bench/fleet/fleetStack.ts";
import { releaseBench } from "./bench/release.ts";
import { traceBench } from "./bench/trace/bench.ts";

const usage = `usage: npm run bench -- <name> [--json]

  release                          a release of five replicas under load, beside Docker Swarm's
  fleet [<hosts>x<replicas> ...]   what the commands cost with many hosts and replicas, on simulated Docker Engines
                                   (10x10 10x100 30x300 100x1000, unless given)
  trace [<hosts>x<replicas>]       where the time of a release goes, as a picture (10x10, unless given)`;

/** `npm run bench`: measures, prints, and keeps the figures. */
const { values, positionals } = parseArgs({
  allowPositionals: true,
  options: { json: { type: "boolean", default: false } },
});
const [name, ...rest] = positionals;

if (name === "release" && rest.length === 0) {
  await releaseBench(values);
} else if (name === "fleet") {
  const sizes = rest.length > 0 ? rest : ["10x10", "10x100", "30x300", "100x1000"];
  await fleetBench(sizes.map(sizeOf), values);
} else if (name === "trace" && rest.length <= 1) {
  await traceBench(sizeOf(rest[0] ?? "10x10"));
} else {
  fail();
}

function sizeOf(text: string): FleetSize {
  const [, hosts, replicas] = /^(\d+)x(\d+)$/.exec(text) ?? fail();
  return { hosts: Number(hosts), replicas: Number(replicas) };
}

function fail(): never {
  console.error(usage);
  process.exit(2);
}
