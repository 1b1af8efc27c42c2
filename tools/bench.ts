import { parseArgs } from "node:util";
import { dataPathBench } from "./bench/dataPath/bench.ts";
import { edgeBench } from "./bench/edge/bench.ts";
import { fleetBench } from "./bench/fleet/bench.ts";
import { releaseBench } from "./bench/release.ts";
import { traceBench } from "./bench/trace/bench.ts";

const usage = `usage: npm run bench -- <name> [--json]

  release                          a release of five replicas under load, beside its peers
  data-path                        what edge and gateway add to a request, beside one HAProxy and none
  edge [<services>x<servers> ...]  an edge with many services and servers: a rollout, a reload, the checks
                                   (1x5 10x10 100x10 100x30, unless given)
  fleet [<hosts>x<replicas> ...]   what the commands cost with many hosts and replicas, on simulated Docker Engines
                                   (10x10 10x100 30x300 100x10p 100x100p 100x1000,
                                   unless given); a p behind a size: the service in
                                   a stack of its own, on a platform with the hosts (100x10p)
  trace [<hosts>x<replicas>]       where the time of a release goes, as a picture (10x10, unless given)`;

/** `npm run bench`: measures, prints, and keeps the figures. */
const { values, positionals } = parseArgs({
  allowPositionals: true,
  options: { json: { type: "boolean", default: false } },
});
const [name, ...rest] = positionals;

if (name === "release" && rest.length === 0) {
  await releaseBench(values);
} else if (name === "data-path" && rest.length === 0) {
  await dataPathBench(values);
} else if (name === "edge") {
  const sizes = sizesOf(rest, ["1x5", "10x10", "100x10", "100x30"]);
  await edgeBench(
    sizes.map(([services, servers]) => ({ services, servers })),
    values,
  );
} else if (name === "fleet") {
  const given = rest.length > 0 ? rest : ["10x10", "10x100", "30x300", "100x10p", "100x100p", "100x1000"];
  const sizes = sizesOf(
    given.map((size) => size.replace(/p$/, "")),
    [],
  );
  await fleetBench(
    sizes.map(([hosts, replicas], index) => ({
      hosts,
      replicas,
      ...(given[index]?.endsWith("p") && { platform: true }),
    })),
    values,
  );
} else if (name === "trace" && rest.length <= 1) {
  const [[hosts, replicas] = fail()] = sizesOf(rest, ["10x10"]);
  await traceBench({ hosts, replicas });
} else {
  fail();
}

/** `10x100` is ten of one and a hundred of the other. */
function sizesOf(given: string[], otherwise: string[]): [number, number][] {
  return (given.length > 0 ? given : otherwise).map((size) => {
    const [, one, other] = /^(\d+)x(\d+)$/.exec(size) ?? fail();
    return [Number(one), Number(other)];
  });
}

function fail(): never {
  console.error(usage);
  process.exit(2);
}
