import { openEdge } from "../../components/edge/dockerEdge.ts";
import type { Edge } from "../../components/edge/edge.ts";
import { containersOf, type Swept } from "../../components/rollout/containers.ts";
import { ownerOf } from "../../components/rollout/document.ts";
import { describeFailure, RolloutError } from "../../components/rollout/failure.ts";
import { describeReport } from "../../components/rollout/report.ts";
import { rollOut } from "../../components/rollout/rollout.ts";
import { exitCode } from "../exit.ts";
import { print, printJson, say } from "../output.ts";
import { Stack, type StackOptions } from "../stack.ts";
import { noSuchService } from "./status.ts";

const nothing = async (): Promise<Swept> => ({ names: [], problems: [] });

export interface RepairOptions extends StackOptions {
  json?: boolean;
}

/**
 * Gives a service's traffic back to the replicas that its last good rollout brought, where an edge has come to differ.
 * It is that rollout once more, as the state has it. Pulumi cannot do this: to it nothing has changed. No container is
 * started or removed.
 */
export async function repair(service: string, options: RepairOptions): Promise<number> {
  const stack = await Stack.open(options);
  const { services } = await stack.state();
  const document = services.find(({ name }) => name === service)?.document;
  if (!document) {
    throw noSuchService(
      service,
      services.map(({ name }) => name),
      stack.name,
    );
  }
  const stop = new AbortController();
  for (const signal of ["SIGINT", "SIGTERM"] as const) process.once(signal, () => stop.abort());
  const containers = containersOf(document);
  const edges: Edge[] = [];
  try {
    for (const edge of await Promise.allSettled(
      document.edges.map((each) => openEdge(each, service, { owner: ownerOf(document) })),
    )) {
      if (edge.status === "rejected") throw edge.reason;
      edges.push(edge.value);
    }
    for (const edge of edges) {
      await edge.claim(() => say(`${service}: waiting for another rollout of it to end on ${edge.host}`));
    }
    const report = await rollOut({
      document,
      edges,
      // What runs, and which containers no state knows, is not this command's to decide.
      containers: { ...containers, start: async () => {}, stopAllBut: nothing, removeAllBut: nothing },
      say: (line) => say(line),
      stop: stop.signal,
    });
    if (options.json) printJson(report);
    else print(...describeReport(report));
    return exitCode.ok;
  } catch (error) {
    if (!(error instanceof RolloutError)) throw error;
    say(...describeFailure(error, document));
    return exitCode.failed;
  } finally {
    await Promise.all(edges.map((edge) => edge.close()));
  }
}
