import type { Edge, ServerStatus } from "../edge/edge.ts";
import { pause } from "../until.ts";
import { ReplicaError, type Blamed } from "./failure.ts";
import { failsTooOften, isTooSlow, tally, together, type Tally } from "./judgement.ts";
import { onEach } from "./onEach.ts";
import { Progress, timeLeft } from "./progress.ts";
import { count } from "./report.ts";
import { containerOf, type Situation } from "./situation.ts";
import type { RolloutTools } from "./tools.ts";
import { notServing } from "./verification.ts";

/** Cold starts are over by then: only now is the new replicas' speed judged. */
const warmAfter = 1_000;

/** What the servers of each edge had counted at one moment. */
export type Counted = ReadonlyMap<Edge, ServerStatus[]>;

export async function countedOn(edges: Edge[]): Promise<Counted> {
  return new Map(await onEach(edges, async (edge) => [edge, await edge.servers()] as const));
}

/**
 * What users got from the servers that serve now. Where few requests came since the rollout began, as long as the edges
 * can tell.
 */
export function oldTally(
  { fallback, candidates }: Situation,
  { start, now, minRequests }: { start: Counted; now: Counted; minRequests: number },
): Tally {
  const of = (counted: Counted, edge: Edge) => {
    const names = new Set(fallback(edge));
    return (counted.get(edge) ?? []).filter(({ name }) => names.has(name) && !candidates.has(name));
  };
  const edges = [...now.keys()];
  const lately = together(edges.map((edge) => tally(of(now, edge), of(start, edge))));
  return lately.answers >= minRequests ? lately : together(edges.map((edge) => tally(of(now, edge))));
}

/**
 * Watches the new replicas under the users' requests, while the old ones stay ready to take them back.
 * @param old what users got from the old replicas
 * @param counted what everything had counted when the traffic moved, at `movedAt`
 * @throws ReplicaError as soon as the new replicas fail too often, are too slow, or do not stay up
 */
export async function baked(
  { document, edges, say, stop }: RolloutTools,
  situation: Situation,
  { old, counted, movedAt }: { old: Tally; counted: Counted; movedAt: number },
): Promise<void> {
  const { bake } = document;
  const { candidates } = situation;
  if (!isJudged(situation, edges)) return;
  const progress = new Progress(say, "watching");
  const isNew = ({ name }: ServerStatus) => candidates.has(name);
  /** The time that requests have waited for their answers to begin, all added up: those that wait still count too. */
  let waited = 0;
  let lookedAt = movedAt;
  for (;;) {
    if (stop.aborted) throw new Error("interrupted before the new replicas had proved themselves");
    const statuses = await onEach(edges, (edge) => edge.servers());
    const now = Date.now();
    for (const [index, edge] of edges.entries()) {
      const missing = notServing(situation.wantedNames, statuses[index] ?? []);
      if (missing) throw gone(document, edge, missing);
    }
    const fresh = edges.map((edge, index) =>
      tally((statuses[index] ?? []).filter(isNew), counted.get(edge)?.filter(isNew)),
    );
    const total = together(fresh);
    waited += waiting(statuses.flat().filter(isNew)) * (now - lookedAt);
    lookedAt = now;
    const latency = Math.max(total.latency ?? 0, total.requests > 0 ? waited / total.requests : 0);

    const over = now - movedAt >= bake.time;
    const problem =
      failsTooOften(total, old, bake) ??
      (over || now - movedAt >= warmAfter ? isTooSlow({ ...total, latency }, old, bake) : undefined);
    if (problem) throw new ReplicaError(problem, worst(document, statuses.flat().filter(isNew)));
    if (over) return;
    const seen = `${count(total.requests, "request")}, ${total.errors} failed`;
    const line = `${document.service}: watching, ${seen}, ${timeLeft(bake.time, now - movedAt)}`;
    progress.show(line, now - movedAt, "watching");
    await pause(Math.min(100, bake.time - (now - movedAt)));
  }
}

/** Without new replicas there is nothing to judge, without old ones nothing to go back to. */
export function isJudged({ candidates, fallback }: Situation, edges: Edge[]): boolean {
  return candidates.size > 0 && edges.some((edge) => fallback(edge).length > 0);
}

/** Requests whose answer has not begun. What an answer goes on for, such as a download, says nothing about speed. */
function waiting(servers: ServerStatus[]): number {
  return servers.reduce(
    (sum, { active, requests, answers }) => sum + Math.max(0, Math.min(active, requests - answers)),
    0,
  );
}

function gone(
  document: RolloutTools["document"],
  edge: Edge,
  { name, why }: { name: string; why: string },
): ReplicaError {
  const server = document.servers.find(({ container }) => container === containerOf(name));
  const message = `${server?.replica ?? name} did not stay healthy after the traffic had moved`;
  return new ReplicaError(
    message,
    server ? [{ server, finding: `last check from edge ${edge.host}: ${why}` }] : [],
  );
}

/** The replica with the most errors. */
function worst(document: RolloutTools["document"], statuses: ServerStatus[]): Blamed[] {
  const of = (container: string) => tally(statuses.filter(({ name }) => containerOf(name) === container));
  return document.servers
    .map((server) => ({ server, seen: of(server.container) }))
    .filter(({ seen }) => seen.errors > 0)
    .sort((a, b) => b.seen.errors - a.seen.errors)
    .slice(0, 1)
    .map(({ server, seen }) => ({
      server,
      finding: `${seen.errors} of its ${seen.answers} answers failed`,
    }));
}
