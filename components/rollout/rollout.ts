import { gatewayAddress, serverName, type ServerStatus } from "../edge/edge.ts";
import { baked, countedOn, oldTally, type Counted } from "./bake.ts";
import type { RolloutDocument } from "./document.ts";
import { drained } from "./drain.ts";
import { blamedIn, RolloutError, UnfinishedError } from "./failure.ts";
import { giveBack, redeclare } from "./giveBack.ts";
import { allHealthy } from "./healthy.ts";
import { allOf, onEach } from "./onEach.ts";
import { NoteKeeper } from "./note.ts";
import { PhaseClock } from "./phaseClock.ts";
import type { ReportedReplica, RolloutReport } from "./report.ts";
import { containerOf, situationOf, type Situation } from "./situation.ts";
import type { RolloutTools } from "./tools.ts";
import { TrafficWatch } from "./trafficWatch.ts";
import { verified } from "./verification.ts";

/**
 * Brings the traffic of one service to its wanted replicas, on every edge, or leaves it where it was. Run again after an
 * interruption it finishes what was begun, because it begins from what the edges have and not from what it remembers.
 *
 * @throws RolloutError when the wanted replicas do not take over; what served before serves on
 * @throws UnfinishedError when they have taken over, but the old ones could not all be taken out
 */
export async function rollOut(tools: RolloutTools): Promise<RolloutReport> {
  const { document, edges } = tools;
  const note = new NoteKeeper(document, edges);
  const phases = new PhaseClock((phase) => note.phase(phase, phases.took));
  const { situation, start } = await begin(tools, phases).catch((error: unknown) => {
    note.end("failed", phases.took);
    throw error;
  });
  const traffic = new TrafficWatch(edges);
  await traffic.start();

  let movedAt: number;
  const progress = { phases, start, shiftedAt: undefined, note };
  try {
    movedAt = await takeOver(tools, situation, progress);
  } catch (cause) {
    note.phase("back", phases.took);
    const movedFor = progress.shiftedAt && Date.now() - progress.shiftedAt;
    const givenBack = await giveBack(tools, situation, blamedIn(cause));
    note.end("failed", phases.took);
    throw new RolloutError(document, cause, { movedFor, givenBack, traffic: await traffic.stop() });
  }

  let rest: Awaited<ReturnType<typeof tidyUp>> | undefined;
  try {
    rest = await tidyUp(tools, situation, { phases, movedAt });
  } catch (cause) {
    note.end("unfinished", phases.took);
    throw new UnfinishedError(document, cause);
  } finally {
    await traffic.stop();
  }
  const changed = changes(tools, situation, movedAt);
  note.end(changed.outcome, phases.took);
  return {
    ...changed,
    ...rest,
    phases: phases.took,
    traffic: traffic.seen,
  };
}

/** Makes the service known to the edges, and looks at what they have of it. */
async function begin(
  { document, edges }: RolloutTools,
  phases: PhaseClock,
): Promise<{ situation: Situation; start: Counted }> {
  const committed = await onEach(edges, (edge) => edge.committed());
  try {
    await phases.time("declare", () => onEach(edges, (edge) => edge.declare(document.backend)));
    await onEach(edges, (edge) => edge.holdReloads());
    const start = await countedOn(edges);
    return { situation: situationOf(document, edges, committed, [...start.values()]), start };
  } catch (error) {
    await Promise.allSettled(
      edges.map(async (edge, index) => {
        const earlier = committed[index]?.backend;
        if (earlier) await redeclare(edge, earlier, document.backend);
      }),
    );
    throw error;
  }
}

/** How far a rollout has come. */
interface Progress {
  phases: PhaseClock;
  start: Counted;
  note: NoteKeeper;
  /** When the traffic began to move. */
  shiftedAt: number | undefined;
}

/** What can be undone until the last of it is done. @returns when the traffic had moved */
async function takeOver(tools: RolloutTools, situation: Situation, progress: Progress): Promise<number> {
  const { document, edges, containers } = tools;
  const { wanted, wantedNames, leaving } = situation;
  const { phases, start } = progress;

  await phases.time("stage", () =>
    allOf<unknown>([
      onEach(edges, (edge) => edge.add(document.backend, wanted)),
      // A failed run of this very release has stopped them.
      containers.revive(document.servers),
    ]),
  );
  await phases.time("healthy", () => allHealthy(tools));

  const counted = await countedOn(edges);
  const old = oldTally(situation, { start, now: counted, minRequests: document.bake.minRequests });
  progress.shiftedAt = Date.now();
  await phases.time("shift", () =>
    onEach(edges, (edge) =>
      edge.shift({ ready: [...wantedNames], drain: leaving(edge).map(({ name }) => name) }),
    ),
  );
  const movedAt = Date.now();
  progress.note.moved(movedAt);
  await phases.time("verify", () => verified(tools, wantedNames));
  await phases.time("bake", () => baked(tools, situation, { old, counted, movedAt }));
  // What a restart of an edge begins with is the new set from here on: it has proved itself, and the old containers go
  // when this program has ended. Committed before the drain ends, so that an edge that dies in it comes back right.
  await phases.time("commit", () => onEach(edges, (edge) => edge.commit(document.backend, wanted)));
  return movedAt;
}

/** Lets the old replicas finish what they have, and takes them out. */
async function tidyUp(
  tools: RolloutTools,
  { leaving }: Situation,
  { phases, movedAt }: { phases: PhaseClock; movedAt: number },
): Promise<Pick<RolloutReport, "cut" | "cutStreams" | "leftovers" | "problems">> {
  const { document, edges, containers } = tools;
  const namesOf = (edge: Parameters<typeof leaving>[0]) => leaving(edge).map(({ name }) => name);
  const cut = await phases.time("drain", () => drained(tools, namesOf, movedAt));
  const { names: leftovers, problems } = await phases.time("clean", async () => {
    await onEach(edges, (edge) => edge.remove(namesOf(edge)));
    // Those that served until now are the engine's to delete.
    return containers.removeAllBut(
      new Set([
        ...document.servers.map(({ container }) => container),
        ...edges.flatMap(namesOf).map(containerOf),
      ]),
    );
  });
  return { cut: cut.requests, cutStreams: cut.streams, leftovers, problems };
}

function changes(
  { document, edges }: RolloutTools,
  { entering, leaving }: Situation,
  movedAt: number,
): Pick<RolloutReport, "service" | "outcome" | "image" | "entered" | "left" | "edges" | "movedAt"> {
  const names = new Set(edges.flatMap(entering).map(({ name }) => name));
  const entered = document.servers.filter((server) => names.has(serverName(server)));
  const left = edges.flatMap(leaving);
  const moved = entered.length + left.length > 0;
  return {
    service: document.service,
    outcome: moved ? "moved" : "unchanged",
    image: document.servers[0]?.image ?? null,
    entered: entered.map(({ replica, container, host }) => ({ replica, container, host })),
    left: unique(left.map((server) => reported(server, document))),
    edges: edges.map(({ host }) => host),
    movedAt: moved ? new Date(movedAt).toISOString() : null,
  };
}

function reported(server: ServerStatus, { hosts }: RolloutDocument): ReportedReplica {
  const host = hosts.find((each) => gatewayAddress(each) === server.address);
  return { container: containerOf(server.name), host: host?.name ?? `a lost host at ${server.address}` };
}

function unique(replicas: ReportedReplica[]): ReportedReplica[] {
  return [...new Map(replicas.map((replica) => [replica.container, replica])).values()];
}
