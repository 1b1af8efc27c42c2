import { gatewayAddress, serverName, type Edge, type NewServer, type ServerStatus } from "../edge/edge.ts";
import { pause, until } from "../until.ts";
import type { Containers } from "./containers.ts";
import type { RolloutDocument } from "./document.ts";
import { RolloutError, UnhealthyError, unhealthyReplicas } from "./failure.ts";
import { healthyLine, Progress } from "./progress.ts";
import { count, type Phase, type ReportedReplica, type RolloutReport } from "./report.ts";
import { TrafficWatch } from "./trafficWatch.ts";

/** How long the new set may take to prove itself after the shift. */
const verifiesWithin = 10_000;
/** How often containers that are not healthy yet are looked at, whether they still live. */
const looksAfterContainersEvery = 1_000;
/** A container that was restarted this often does not come up any more. */
const hopelessRestarts = 3;

/** What a rollout works with. */
export interface RolloutTools {
  document: RolloutDocument;
  edges: Edge[];
  containers: Containers;
  /** Tells a person, one line each. */
  say(line: string): void;
  /** Aborted when the operator wants to stop. Heeded until the traffic moves; from then on the way out is forward. */
  stop: AbortSignal;
}

/**
 * Brings the traffic of one service to its wanted replicas, on every edge, or leaves it where it was. Run again after an
 * interruption it finishes what was begun, because it begins from what the edges have and not from what it remembers.
 *
 * @throws RolloutError when the wanted replicas do not take over; what served before serves on
 */
export async function rollOut(tools: RolloutTools): Promise<RolloutReport> {
  const { document, edges, containers, say } = tools;
  const wanted = wantedServers(document);
  const wantedNames = new Set(wanted.map(({ name }) => name));
  const phases = new PhaseClock();

  await phases.time("declare", () => onEach(edges, (edge) => edge.declare(document.backend)));
  await onEach(edges, (edge) => edge.holdReloads());
  const before = await serversBefore(edges);
  const traffic = new TrafficWatch(edges);
  await traffic.start();

  const entering = (edge: Edge) =>
    wanted.filter(({ name }) => before.get(edge)?.get(name)?.admin !== "ready");
  const leaving = (edge: Edge) =>
    [...(before.get(edge)?.values() ?? [])].filter(({ name }) => !wantedNames.has(name));
  let movedAt: string | null = null;
  try {
    await phases.time("stage", () => onEach(edges, (edge) => edge.add(document.backend, wanted)));
    await phases.time("healthy", () => allHealthy(tools));
    movedAt = new Date().toISOString();
    await phases.time("shift", () =>
      onEach(edges, (edge) =>
        edge.shift({ ready: [...wantedNames], drain: leaving(edge).map(({ name }) => name) }),
      ),
    );
    await phases.time("verify", () => verified(tools, wantedNames));
    // What a restart of an edge begins with is the new set from here on: it has proved itself, and the old containers
    // go when this program has ended. Committed before the drain, so that an edge that dies in it comes back right.
    await phases.time("commit", () => onEach(edges, (edge) => edge.commit(document.backend, wanted)));
  } catch (cause) {
    const problems = await shiftBack(edges, (edge) => ({
      before: before.get(edge),
      entering: entering(edge),
    }));
    throw new RolloutError(document, cause, {
      shifted: movedAt !== null,
      problems,
      traffic: await traffic.stop(),
    });
  }

  const left = edges.flatMap(leaving);
  const cut = await phases.time("drain", () => drained(tools, leaving));
  const leftovers = await phases.time("clean", async () => {
    await onEach(edges, (edge) => edge.remove(leaving(edge).map(({ name }) => name)));
    return containers.removeLeftovers(
      new Set([...document.servers.map(({ container }) => container), ...left.map(containerOf)]),
    );
  });

  const entered = document.servers.filter((server) =>
    edges.some((edge) => entering(edge).some(({ name }) => name === serverName(server))),
  );
  const moved = entered.length + left.length > 0;
  const report: RolloutReport = {
    service: document.service,
    outcome: moved ? "moved" : "unchanged",
    image: document.servers[0]?.image ?? null,
    entered: entered.map(({ replica, container, host }) => ({ replica, container, host })),
    left: unique(left.map((server) => reported(server, document))),
    edges: edges.map(({ host }) => host),
    movedAt: moved ? movedAt : null,
    phases: phases.took,
    traffic: await traffic.stop(),
    cut,
    leftovers,
  };
  if (cut > 0) say(`${document.service}: the drain time is over, ${count(cut, "request")} cut`);
  return report;
}

function wantedServers({ servers, hosts, backend }: RolloutDocument): NewServer[] {
  const addresses = new Map(hosts.map((host) => [host.name, gatewayAddress(host)]));
  return servers.map((server) => {
    const address = addresses.get(server.host);
    if (!address)
      throw new Error(`${server.replica} is to run on ${server.host}, which is not among the hosts`);
    return { name: serverName(server), address, healthCheckPath: backend.healthCheck.path };
  });
}

async function serversBefore(edges: Edge[]): Promise<Map<Edge, Map<string, ServerStatus>>> {
  const before = await onEach(
    edges,
    async (edge) => [edge, new Map((await edge.servers()).map((server) => [server.name, server]))] as const,
  );
  return new Map(before);
}

/** Waits until every wanted replica is healthy on every edge. */
async function allHealthy({ document, edges, containers, say, stop }: RolloutTools): Promise<void> {
  const progress = new Progress(say);
  const started = Date.now();
  let lookedAfterContainers = started;
  for (;;) {
    const statuses = await onEach(edges, (edge) => edge.servers());
    const waiting = unhealthyReplicas(document, edges, statuses);
    const elapsed = Date.now() - started;
    progress.show(healthyLine(document, waiting.length, elapsed), elapsed);
    if (waiting.length === 0) return;
    if (stop.aborted) throw new UnhealthyError("interrupted before the traffic moved", waiting);
    if (elapsed >= document.deadline) {
      throw new UnhealthyError(
        `${count(waiting.length, "replica")} not healthy within ${document.deadline / 1000} s`,
        waiting,
      );
    }
    if (Date.now() - lookedAfterContainers >= looksAfterContainersEvery) {
      lookedAfterContainers = Date.now();
      await Promise.all(
        waiting.map(async ({ server }) => {
          const { status, restarts, exitCode } = await containers.inspect(server);
          if (status === "missing")
            throw new Error(`container ${server.container} on ${server.host} is not there`);
          if (restarts >= hopelessRestarts || status === "dead" || status === "exited") {
            throw new UnhealthyError(
              `${server.replica} on ${server.host} does not stay up: exit code ${exitCode}, ${count(restarts, "restart")}`,
              waiting,
            );
          }
        }),
      );
    }
    await pause(100);
  }
}

/** Proves that the wanted replicas, and no others, serve: on every edge, and as the containers that were asked for. */
async function verified(
  { document, edges, containers }: RolloutTools,
  wanted: ReadonlySet<string>,
): Promise<void> {
  const problemOf = (edge: Edge, now: ServerStatus[], earlier: ServerStatus[]): string | undefined => {
    const requests = new Map(earlier.map(({ name, requests }) => [name, requests]));
    const present = new Map(now.map((server) => [server.name, server]));
    for (const name of wanted) {
      const server = present.get(name);
      if (server?.admin !== "ready" || server.health === "down") {
        return `${name} does not serve on the edge on ${edge.host}: ${server?.lastCheck ?? "it is not there"}`;
      }
    }
    const straying = now.find(
      ({ name, requests: count }) => !wanted.has(name) && count !== requests.get(name),
    );
    return straying && `${straying.name} still gets requests on the edge on ${edge.host}`;
  };
  let problem: string | undefined;
  let earlier = await onEach(edges, (edge) => edge.servers());
  const settled = await until(
    async () => {
      const now = await onEach(edges, (edge) => edge.servers());
      problem = edges
        .map((edge, index) => problemOf(edge, now[index] ?? [], earlier[index] ?? []))
        .find(Boolean);
      earlier = now;
      return !problem;
    },
    { within: verifiesWithin },
  );
  if (!settled) throw new Error(problem);
  await Promise.all(
    document.servers.map(async (server) => {
      const { status, revision } = await containers.inspect(server);
      if (status !== "running") throw new Error(`${server.container} on ${server.host} is ${status}`);
      if (revision !== server.revision) {
        throw new Error(
          `${server.container} on ${server.host} runs revision ${revision}, not ${server.revision}`,
        );
      }
    }),
  );
}

/** Waits until the old replicas have finished what they had. @returns how many requests are left when time is over */
async function drained(
  { document, edges, say }: RolloutTools,
  leaving: (edge: Edge) => ServerStatus[],
): Promise<number> {
  const reachable = new Set(document.hosts.map(gatewayAddress));
  const progress = new Progress(say);
  const started = Date.now();
  let left = 0;
  const busy = async (edge: Edge): Promise<number> => {
    const names = new Set(leaving(edge).map(({ name }) => name));
    if (names.size === 0) return 0;
    const servers = (await edge.servers()).filter(({ name }) => names.has(name));
    // Nobody waits for a lost host.
    return servers
      .filter(({ address }) => reachable.has(address))
      .reduce((sum, { active }) => sum + active, 0);
  };
  await until(
    async () => {
      left = (await onEach(edges, busy)).reduce((sum, each) => sum + each, 0);
      const elapsed = Date.now() - started;
      if (left > 0) {
        const time = `${Math.floor(elapsed / 1000)} s of ${document.drain / 1000} s`;
        progress.show(
          `${document.service}: draining, ${count(left, "request")} left, ${time}`,
          elapsed,
          String(left > 0),
        );
      }
      return left === 0;
    },
    { within: document.drain },
  );
  return left;
}

/** Gives the traffic back to what had it, and takes out what was new. @returns what did not work */
async function shiftBack(
  edges: Edge[],
  of: (edge: Edge) => { before: Map<string, ServerStatus> | undefined; entering: NewServer[] },
): Promise<string[]> {
  const outcomes = await Promise.allSettled(
    edges.map(async (edge) => {
      const { before, entering } = of(edge);
      const present = new Set((await edge.servers()).map(({ name }) => name));
      const ready = [...(before?.values() ?? [])]
        .filter(({ admin }) => admin === "ready")
        .map(({ name }) => name);
      const drain = entering.map(({ name }) => name).filter((name) => present.has(name));
      await edge.shift({ ready, drain });
      await edge.remove(drain);
    }),
  );
  return outcomes.flatMap((outcome) =>
    outcome.status === "rejected" ? [String((outcome.reason as Error).message)] : [],
  );
}

function containerOf({ name }: ServerStatus): string {
  return name.slice(0, name.lastIndexOf(":"));
}

function reported(server: ServerStatus, { hosts }: RolloutDocument): ReportedReplica {
  const host = hosts.find((each) => gatewayAddress(each) === server.address);
  return { container: containerOf(server), host: host?.name ?? `a lost host at ${server.address}` };
}

function unique(replicas: ReportedReplica[]): ReportedReplica[] {
  return [...new Map(replicas.map((replica) => [replica.container, replica])).values()];
}

/** All edges at the same moment. */
async function onEach<T>(edges: Edge[], act: (edge: Edge) => Promise<T>): Promise<T[]> {
  return Promise.all(edges.map(act));
}

class PhaseClock {
  readonly took: Partial<Record<Phase, number>> = {};

  async time<T>(phase: Phase, act: () => Promise<T>): Promise<T> {
    const started = Date.now();
    try {
      return await act();
    } finally {
      this.took[phase] = Date.now() - started;
    }
  }
}
