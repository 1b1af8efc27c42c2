import { gatewayAddress, serverName, type Edge, type ServerStatus } from "../edge/edge.ts";
import { baked, countedOn, isJudged, oldTally, type Counted } from "./bake.ts";
import type { RolloutDocument, ServerDocument } from "./document.ts";
import { drained } from "./drain.ts";
import { blamedIn, RolloutError, UnfinishedError } from "./failure.ts";
import { giveBack, redeclare } from "./giveBack.ts";
import { allHealthy } from "./healthy.ts";
import { allOf, onEach } from "./onEach.ts";
import { NoteKeeper } from "./note.ts";
import { PhaseClock } from "./phaseClock.ts";
import { movedLine } from "./progress.ts";
import type { ReportedReplica, RolloutReport } from "./report.ts";
import { resuming } from "./resuming.ts";
import { containerOf, situationOf, type Situation } from "./situation.ts";
import type { RolloutTools } from "./tools.ts";
import { TrafficWatch } from "./trafficWatch.ts";
import { verified } from "./verification.ts";

/**
 * Brings the traffic of one service to its wanted replicas, on every edge, or leaves it where it was. Run again after an
 * interruption it finishes what was begun, because it begins from what the edges have and not from what it remembers. So
 * does one whose edge is restarted in the middle of it, as soon as the edge is there again.
 *
 * @throws RolloutError when the wanted replicas do not take over; what served before serves on
 * @throws UnfinishedError when they have taken over, but the old ones could not all be taken out
 */
export async function rollOut(tools: RolloutTools): Promise<RolloutReport> {
  const { document, edges } = tools;
  const note = new NoteKeeper(document, edges);
  const phases = new PhaseClock((phase) => note.phase(phase, phases.took));
  const traffic = new TrafficWatch(edges);
  const first = await resuming(tools, async () => {
    const begun = await begin(tools, phases);
    await traffic.start();
    return begun;
  }).catch((error: unknown) => {
    note.end("failed", phases.took);
    throw error;
  });
  let latest: Beginning | undefined;

  let movedAt: number;
  const progress: Progress = { phases, note, shiftedAt: undefined };
  try {
    movedAt = await resuming(tools, async () => {
      // An edge that was restarted under the rollout has forgotten what was not committed.
      latest = latest ? await begin(tools, phases) : first;
      return takeOver(tools, latest, progress);
    });
  } catch (cause) {
    note.phase("back", phases.took);
    const movedFor = progress.shiftedAt && Date.now() - progress.shiftedAt;
    tools.say(
      `${document.service}: failed in the step "${phases.current}"; going back to what served before`,
    );
    const givenBack = await giveBack(tools, (latest ?? first).situation, blamedIn(cause));
    note.end("failed", phases.took);
    throw new RolloutError(document, cause, { movedFor, givenBack, traffic: await traffic.stop() });
  }

  const situations = [first, latest ?? first].map(({ situation }) => situation);
  let rest: Awaited<ReturnType<typeof tidyUp>> | undefined;
  try {
    rest = await resuming(tools, () => tidyUp(tools, situations, { phases, movedAt }));
  } catch (cause) {
    note.end("unfinished", phases.took);
    throw new UnfinishedError(document, cause);
  } finally {
    await traffic.stop();
  }
  const changed = changes(tools, first.situation, movedAt);
  note.end(changed.outcome, phases.took);
  return {
    ...changed,
    ...rest,
    phases: phases.took,
    traffic: traffic.seen,
  };
}

/** What a rollout begins from. */
interface Beginning {
  situation: Situation;
  /** What the edges had counted until then. */
  start: Counted;
}

/** Makes the service known to the edges, and looks at what they have of it. */
async function begin({ document, edges, say, stop }: RolloutTools, phases: PhaseClock): Promise<Beginning> {
  const committed = await onEach(edges, (edge) => edge.committed());
  try {
    const reloaded = await phases.time("declare", () =>
      onEach(edges, (edge) => edge.declare(document.backend, stop)),
    );
    for (const [index, { host }] of edges.entries()) {
      if (reloaded[index]) say(`${document.service}: reloaded the edge on ${host}, for settings new to it`);
    }
    const others = await onEach(edges, (edge) => edge.routesOfOthers(document.backend));
    for (const words of new Set(others.flat())) {
      say(`${document.service}: ${words}; it gets no request of it until that one lets it go`);
    }
    await onEach(edges, (edge) => edge.holdReloads(stop));
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
  note: NoteKeeper;
  /** When the traffic began to move. */
  shiftedAt: number | undefined;
}

/** What can be undone until the last of it is done. @returns when the traffic had moved */
async function takeOver(
  tools: RolloutTools,
  { situation, start }: Beginning,
  progress: Progress,
): Promise<number> {
  const { document, edges, containers, say } = tools;
  const { wanted, wantedNames, leaving } = situation;
  const { phases } = progress;

  await phases.time("stage", () =>
    allOf<unknown>([
      onEach(edges, (edge) => edge.add(document.backend, wanted)),
      // The engine only makes them; a failed run of this very release has stopped them.
      containers.start(document.servers),
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
  const entered = enteredOn(tools, situation);
  if (entered.length > 0 || edges.some((edge) => leaving(edge).length > 0)) {
    const moved = movedLine(document, { entered: entered.length, took: phases.took.shift ?? 0 });
    const watched = isJudged(situation, edges) ? `; watching for ${document.bake.time / 1000} s` : "";
    say(`${moved}${watched}`);
  }
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
  situations: Situation[],
  { phases, movedAt }: { phases: PhaseClock; movedAt: number },
): Promise<Pick<RolloutReport, "cut" | "cutStreams" | "leftovers" | "problems">> {
  const { document, edges, containers } = tools;
  const namesOf = (edge: Edge) => [
    ...new Set(situations.flatMap(({ leaving }) => leaving(edge)).map(({ name }) => name)),
  ];
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

/** The wanted replicas that some edge gave no traffic before. */
function enteredOn({ document, edges }: RolloutTools, { entering }: Situation): ServerDocument[] {
  const names = new Set(edges.flatMap(entering).map(({ name }) => name));
  return document.servers.filter((server) => names.has(serverName(server)));
}

function changes(
  tools: RolloutTools,
  situation: Situation,
  movedAt: number,
): Pick<RolloutReport, "service" | "outcome" | "image" | "entered" | "left" | "edges" | "movedAt"> {
  const { document, edges } = tools;
  const entered = enteredOn(tools, situation);
  const left = edges.flatMap(situation.leaving);
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
