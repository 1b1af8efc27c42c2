import { text } from "node:stream/consumers";
import { openEdge } from "../edge/dockerEdge.ts";
import type { Edge } from "../edge/edge.ts";
import { containersOf } from "./containers.ts";
import type { RolloutDocument } from "./document.ts";
import { describeFailure, RolloutError } from "./failure.ts";
import { describeReport } from "./report.ts";
import { rollOut } from "./rollout.ts";

/**
 * The traffic program. Its standard input is the wanted state; its standard output the report, as JSON; its standard
 * error the progress, for people. With the argument `delete` it takes the service out of the edges.
 */
const document = JSON.parse(await text(process.stdin)) as RolloutDocument;
const say = (line: string) => process.stderr.write(`${line}\n`);
const stop = new AbortController();
for (const signal of ["SIGINT", "SIGTERM"] as const) {
  process.on(signal, () => {
    if (!stop.signal.aborted) say(`${document.service}: ${signal}: stopping as soon as that is safe`);
    stop.abort();
  });
}

const edges: Edge[] = [];
try {
  for (const edge of await Promise.allSettled(
    document.edges.map((each) => openEdge(each, document.service)),
  )) {
    if (edge.status === "rejected") throw edge.reason;
    edges.push(edge.value);
  }
  if (process.argv.includes("delete")) await retire();
  else await release();
} catch (error) {
  say(error instanceof Error ? error.message : String(error));
  process.exitCode = 1;
} finally {
  await Promise.all(edges.map((edge) => edge.close()));
}

async function release(): Promise<void> {
  const containers = containersOf(document);
  try {
    const report = await rollOut({ document, edges, containers, say, stop: stop.signal });
    describeReport(report).forEach(say);
    process.stdout.write(JSON.stringify(report));
  } catch (error) {
    if (!(error instanceof RolloutError)) throw error;
    (await describeFailure(error, document, containers)).forEach(say);
    process.exitCode = 1;
  }
}

async function retire(): Promise<void> {
  await Promise.all(edges.map((edge) => edge.retire(document.drain)));
  say(`${document.service}: out of the load balancer`);
}
