import type { Edge } from "../edge/edge.ts";
import type { BackendDocument } from "./document.ts";
import { drained } from "./drain.ts";
import { logsOf, type Blamed } from "./failure.ts";
import { containerOf, type Situation } from "./situation.ts";
import type { RolloutTools } from "./tools.ts";

/** What came of giving the traffic back after a failure. */
export interface GivenBack {
  /** Requests that the new replicas got, and how many of them failed or were cut. */
  candidates: { requests: number; failed: number };
  /** Failed containers that were stopped. */
  stopped: string[];
  /** The last lines that each replica that is to blame wrote. */
  logs: string[];
  /** What did not work. */
  problems: string[];
}

/** Does one thing on an edge, whatever has become of the others. */
type Step = (edge: Edge, act: () => Promise<void>) => Promise<void>;

/**
 * Gives the traffic back to what had it, takes out what was new, and stops the containers that nobody needs: they take
 * no processor time any more, and their logs can still be read. Every edge is left as if nothing had happened, whatever
 * goes wrong on another one.
 */
export async function giveBack(
  tools: RolloutTools,
  situation: Situation,
  blamed: Blamed[],
): Promise<GivenBack> {
  const { edges, containers } = tools;
  const problems = new Set<string>();
  /** Edges that do not come back: they are waited for once. */
  const gone = new Set<Edge>();
  const step: Step = async (edge, act) => {
    await act()
      .catch(async (error: unknown) => {
        // An edge that was restarted meanwhile may be there again.
        if (gone.has(edge)) throw error;
        const wasCut = await edge.resume().catch((reason: unknown) => {
          gone.add(edge);
          throw reason;
        });
        if (!wasCut) throw error;
        await act();
      })
      .catch((error: Error) => problems.add(error.message));
  };
  // Read before the containers are told to end, so that the last words are not those of an orderly end.
  const reading = logsOf(blamed, containers);
  const seen = await Promise.all(edges.map((edge) => giveBackOn(edge, tools, situation, step)));
  const logs = await reading;
  const candidates = {
    requests: seen.reduce((sum, { requests }) => sum + requests, 0),
    failed: seen.reduce((sum, { failed }) => sum + failed, 0),
  };
  // An edge that could not be asked may still use them.
  if (problems.size > 0) return { candidates, stopped: [], logs, problems: [...problems] };
  const kept = new Set(edges.flatMap((edge) => situation.fallback(edge)).map(containerOf));
  const { names: stopped, problems: left } = await containers.stopAllBut(kept);
  return { candidates, stopped, logs, problems: left };
}

async function giveBackOn(
  edge: Edge,
  { document, say }: RolloutTools,
  { fallback, proven, candidates }: Situation,
  step: Step,
): Promise<GivenBack["candidates"]> {
  const names = fallback(edge);
  const since = Date.now();
  const seen = { requests: 0, failed: 0 };
  let out: string[] = [];

  // First of all the traffic, in one step, to what is there.
  await step(edge, async () => {
    const present = new Set((await edge.servers()).map(({ name }) => name));
    out = [...present].filter((name) => !names.includes(name));
    await edge.shift({ ready: names.filter((name) => present.has(name)), drain: out });
    const missing = proven.servers.filter(({ name }) => names.includes(name) && !present.has(name));
    if (missing.length > 0) {
      await edge.add(proven.backend, missing);
      await edge.shift({ ready: missing.map(({ name }) => name), drain: [] });
    }
  });
  await step(edge, async () => {
    // What the new ones were given they may finish, also when the operator is in a hurry.
    const stop = new AbortController().signal;
    const cut = await drained({ document, edges: [edge], say, stop }, () => out, since);
    for (const { name, requests, errors } of await edge.servers()) {
      if (!candidates.has(name)) continue;
      seen.requests += requests;
      seen.failed += errors;
    }
    seen.failed += cut.requests + cut.streams;
    await edge.remove(out);
  });
  await step(edge, () => edge.commit(proven.backend, proven.servers));
  await step(edge, () => redeclare(edge, proven.backend, document.backend));
  return seen;
}

/** Brings back the service's earlier routes and settings, where the release has others. */
export async function redeclare(
  edge: Edge,
  earlier: BackendDocument,
  present: BackendDocument,
): Promise<void> {
  if (JSON.stringify(earlier) !== JSON.stringify(present)) await edge.declare(earlier);
}
