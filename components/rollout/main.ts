import { text } from "node:stream/consumers";
import { openEdge } from "../edge/dockerEdge.ts";
import type { Edge } from "../edge/edge.ts";
import { pause } from "../until.ts";
import { containersOf } from "./containers.ts";
import { ownerOf, type RolloutDocument } from "./document.ts";
import { describeFailure, RolloutError } from "./failure.ts";
import { describeReport } from "./report.ts";
import { allOf } from "./onEach.ts";
import { whenOrphaned } from "./orphaned.ts";
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

// A killed update must not hold up the next one until its deadline: what it took is given back, as after a signal.
whenOrphaned(() => stop.abort());
// Nobody reads what it says then.
for (const stream of [process.stdout, process.stderr]) stream.on("error", () => {});

const edges: Edge[] = [];
try {
  await allOf(
    document.edges.map(async (each, index) => {
      edges[index] = await openEdge(each, document.service, {
        owner: ownerOf(document),
        stop: stop.signal,
      });
    }),
  );
  // One after the other, always in the same order: two rollouts never hold what the other one waits for.
  for (const edge of edges) {
    await edge.claim(
      () => say(`${document.service}: waiting for another rollout of it to end on ${edge.host}`),
      stop.signal,
    );
  }
  if (process.argv.includes("delete")) await retire();
  else await release();
} catch (error) {
  if (error instanceof RolloutError) describeFailure(error, document).forEach(say);
  else say(error instanceof Error ? error.message : String(error));
  process.exitCode = 1;
} finally {
  // An edge that does not answer any more must not keep the program from ending.
  await Promise.race([Promise.allSettled(edges.filter(Boolean).map((edge) => edge.close())), pause(5_000)]);
}
process.exit();

async function release(): Promise<void> {
  const report = await rollOut({
    document,
    edges,
    containers: containersOf(document),
    say,
    stop: stop.signal,
  });
  describeReport(report).forEach(say);
  process.stdout.write(JSON.stringify(report));
}

async function retire(): Promise<void> {
  await Promise.all(edges.map((edge) => edge.retire(document.drain)));
  say(`${document.service}: out of the load balancer`);
}
