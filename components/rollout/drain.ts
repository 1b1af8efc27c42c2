import { gatewayAddress, type Edge, type Stream } from "../edge/edge.ts";
import { pause } from "../until.ts";
import type { RolloutDocument } from "./document.ts";
import { onEach } from "./onEach.ts";
import { Progress, timeLeft } from "./progress.ts";
import { count } from "./report.ts";
import type { RolloutTools } from "./tools.ts";

/** What the old replicas did not finish in time. */
export interface Cut {
  /** Requests whose answer had not begun. */
  requests: number;
  /** Answers that went on: WebSockets, server-sent events, downloads. */
  streams: number;
}

/** What some servers of an edge still have to do. */
interface Busy {
  requests: number;
  streams: Stream[];
}

/** The operator did not want to wait until the old replicas had finished. */
export class DrainInterrupted extends Error {
  constructor(left: number) {
    super(`interrupted while the old replicas had ${count(left, "request")} to finish`);
    this.name = "DrainInterrupted";
  }
}

/**
 * Waits until the servers that leave have finished what they have. Requests may take as long as `drain`. Answers that go
 * on may take as long as `drainStreams`: from half of that time on they are cut one after the other, so that their
 * clients do not all come back in one moment.
 * @param since when the servers got no more traffic
 * @returns what is cut: the streams were, the requests are when the servers are removed
 */
export async function drained(
  { document, edges, say, stop }: Omit<RolloutTools, "containers">,
  leaving: (edge: Edge) => string[],
  since: number,
): Promise<Cut> {
  const progress = new Progress(say);
  /** A busy edge may show a stream for a moment after it was cut: it is not counted twice. */
  const cut = new Set<string>();
  /** How many streams there were when the first one was cut. */
  let most: number | undefined;
  for (;;) {
    const busy = await onEach(edges, (edge) => busyOn(edge, new Set(leaving(edge)), document, cut));
    const elapsed = Date.now() - since;
    const requests = busy.reduce((sum, each) => sum + each.requests, 0);
    let streams = busy.reduce((sum, each) => sum + each.streams.length, 0);
    if (elapsed >= document.drainStreams / 2) {
      most ??= streams;
      const due = streams - streamsAllowed(most, elapsed, document.drainStreams);
      if (due > 0) {
        await cutOldest(edges, busy, due, cut);
        streams -= due;
      }
    }
    if (streams === 0 && (requests === 0 || elapsed >= document.drain))
      return { requests, streams: cut.size };
    if (stop.aborted) throw new DrainInterrupted(requests + streams);
    progress.show(drainLine(document, { requests, streams }, elapsed), elapsed, "draining");
    await pause(100);
  }
}

/** How many of the streams that there were at half time may still be there. */
export function streamsAllowed(most: number, elapsed: number, limit: number): number {
  return Math.max(0, Math.floor((most * (limit - elapsed)) / (limit / 2)));
}

async function busyOn(
  edge: Edge,
  names: ReadonlySet<string>,
  { hosts }: RolloutDocument,
  cut: ReadonlySet<string>,
): Promise<Busy> {
  const nothing = { requests: 0, streams: [] };
  if (names.size === 0) return nothing;
  const reachable = new Set(hosts.map(gatewayAddress));
  const busy = (await edge.servers()).filter(
    ({ name, address, health, active }) =>
      // Nobody waits for a lost host, nor for a server that is down: what it had is over.
      names.has(name) && active > 0 && reachable.has(address) && health !== "down",
  );
  if (busy.length === 0) return nothing;
  const active = busy.reduce((sum, server) => sum + server.active, 0);
  const streams = await edge.streams(busy.map(({ name }) => name));
  return {
    requests: Math.max(0, active - streams.length),
    streams: streams.filter((stream) => !cut.has(keyOf(edge, stream))),
  };
}

const keyOf = ({ host }: Edge, { id }: Stream) => `${host} ${id}`;

async function cutOldest(edges: Edge[], busy: Busy[], many: number, cut: Set<string>): Promise<void> {
  const oldest = new Set(
    busy
      .flatMap(({ streams }) => streams)
      .sort((a, b) => b.age - a.age)
      .slice(0, many),
  );
  const streamsOf = new Map(edges.map((edge, index) => [edge, busy[index]?.streams ?? []]));
  await onEach(edges, async (edge) => {
    const due = (streamsOf.get(edge) ?? []).filter((stream) => oldest.has(stream));
    if (due.length === 0) return;
    await edge.cut(due);
    for (const stream of due) cut.add(keyOf(edge, stream));
  });
}

/** `web: draining, 3 requests and 2 streams to finish, 26 s left` */
function drainLine(
  { service, drain, drainStreams }: RolloutDocument,
  { requests, streams }: Cut,
  elapsed: number,
): string {
  const busy = [
    requests > 0 ? count(requests, "request") : "",
    streams > 0 ? count(streams, "stream") : "",
  ].filter(Boolean);
  const limit = streams > 0 ? drainStreams : drain;
  return `${service}: draining, ${busy.join(" and ") || "nothing"} to finish, ${timeLeft(limit, elapsed)}`;
}
