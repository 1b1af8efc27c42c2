import { parseArgs } from "node:util";
import { fleetBench } from "./bench/fleet/bench.ts";
import { releaseBench } from "./bench/release.ts";

const usage = `usage: npm run bench -- <name> [--json]

  release                          a release of five replicas under load, beside its peers
  fleet [<hosts>x<replicas> ...]   what the commands cost with many hosts and replicas, on simulated Docker Engines
                                   (10x10 10x100 30x300 100x1000, unless given)`;

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
  await fleetBench(
    sizes.map((size) => {
      const [, hosts, replicas] = /^(\d+)x(\d+)$/.exec(size) ?? fail();
      return { hosts: Number(hosts), replicas: Number(replicas) };
    }),
    values,
  );
} else {
  fail();
}

function fail(): never {
  console.error(usage);
  process.exit(2);
}
