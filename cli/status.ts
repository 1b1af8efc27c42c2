import { backendName } from "../components/edge/backendConfig.ts";
import { serverName, type ServerStatus } from "../components/edge/edge.ts";
import type { RolloutNote } from "../components/rollout/note.ts";
import type { HostState } from "../components/types.ts";
import { differences, type Difference } from "./differences.ts";
import type { FoundContainer } from "./askHost.ts";
import { serverKey } from "./edgeLog.ts";
import { edgesOf, type Found, type Wanted } from "./inventory.ts";
import { hostDocuments } from "./state.ts";

export interface HostStatus {
  name: string;
  address: string | null;
  docker: string;
  /** As the configuration has it. */
  state: HostState;
  reachable: boolean;
  /** Why it is not reachable. */
  problem: string | null;
  /** Of its Docker Engine. */
  version: string | null;
  /** How many replicas run on it, those of every version. */
  replicas: number | null;
  /** In bytes: what the machine has. */
  memory: number | null;
}

export interface EdgeStatus {
  host: string;
  container: string;
  reachable: boolean;
  problem: string | null;
  /** Of its HAProxy. */
  version: string | null;
}

export interface ServiceStatus {
  name: string;
  /** What the last rollout that succeeded brought. */
  image: string | null;
  /** What the configuration asks the next update for; `null` for a program that has no such configuration. */
  configuredImage: string | null;
  wanted: number;
  /** Wanted replicas that pass their checks on every edge. */
  healthy: number;
  /** Wanted replicas that get traffic on every edge. */
  serving: number;
  /** `null` when its requests are handed on, as they should be. */
  hold: ServiceHold | null;
  /** Of a rollout that runs at this moment: what it is at, as `rollout` reports call it; `null` when none runs. */
  rollout: { phase: RolloutNote["phase"] } | null;
  /** Since the edges' workers started, all edges together. */
  requests: number;
  failures: number;
}

/** What the edges do with a service's requests in place of handing them on. */
export interface ServiceHold {
  /** `maintenance`: a 503 each. `paused`: they wait. `pause-over`: the time of the pause is over, a 503 each. */
  kind: "maintenance" | "paused" | "pause-over";
  /** The edges that do so. */
  edges: string[];
  /** Requests that wait. */
  waiting: number;
  /** In seconds, until the end of a pause. */
  left: number | null;
}

/** A replica on one edge. */
export interface ReplicaAtEdge {
  edge: string;
  /** `ready` takes traffic, `drain` finishes what it has, `maint` is out; `absent` when the edge does not know it. */
  state: ServerStatus["admin"] | "absent";
  health: ServerStatus["health"] | null;
  lastCheck: string | null;
  /** Requests that it is serving at this moment. */
  sessions: number;
  /** Since it was added to this edge. */
  requests: number;
  errors: number;
  /** Until an answer began, in milliseconds: the average of its last requests. */
  answerTime: number;
  /** The same, of 95 in a hundred answers in the last minute; `null` when there were none. */
  p95: number | null;
}

/**
 * What a replica is to the stack: `wanted` by the last rollout that succeeded; `candidate` of an update that has not
 * succeeded; `leaving` with the next update that does; or a `stranger` that no state knows.
 */
export type ReplicaRole = "wanted" | "candidate" | "leaving" | "stranger";

export interface ReplicaStatus {
  service: string;
  name: string;
  container: string;
  host: string;
  role: ReplicaRole;
  image: string;
  revision: string;
  /** Docker's word for it, `missing` when it is not there, `unknown` when its host does not answer. */
  status: string;
  /** Since when it runs, or waits for its start, in ISO 8601. */
  since: string | null;
  restarts: number;
  edges: ReplicaAtEdge[];
}

/** Everything that `status` says, and its JSON. */
export interface Status {
  project: string;
  stack: string;
  at: string;
  hosts: HostStatus[];
  edges: EdgeStatus[];
  services: ServiceStatus[];
  replicas: ReplicaStatus[];
  differences: Difference[];
}

/** Puts together what is wanted and what was found. */
export function statusOf(wanted: Wanted, found: Found): Status {
  const { state, config } = wanted;
  const replicas = replicasOf(wanted, found);
  const status = {
    project: state.project,
    stack: state.stack,
    at: found.at.toISOString(),
    hosts: hostsOf(wanted, found),
    edges: edgesOf(state).map(({ host, container }): EdgeStatus => {
      const answer = found.edges.find(({ edge }) => edge.container === container)?.answer;
      if (answer?.reachable)
        return { host, container, reachable: true, problem: null, version: answer.version };
      const problem = answer?.problem ?? "its host is lost";
      return { host, container, reachable: false, problem, version: null };
    }),
    services: state.services.map(({ name, document }): ServiceStatus => {
      const ours = replicas.filter(({ service, role }) => service === name && role === "wanted");
      const counted = found.edges.flatMap(({ answer }) =>
        answer.reachable ? [answer.services[name]?.counters] : [],
      );
      const sum = (key: "requests" | "failures") =>
        counted.reduce((all, each) => all + (each?.[key] ?? 0), 0);
      return {
        name,
        image: document.servers[0]?.image ?? null,
        configuredImage: config.services?.[name]?.image ?? null,
        wanted: document.servers.length,
        healthy: ours.filter(isHealthy).length,
        serving: ours.filter(isServing).length,
        hold: holdOf(name, found),
        rollout: rolloutOf(name, found),
        requests: sum("requests"),
        failures: sum("failures"),
      };
    }),
    replicas,
  };
  return { ...status, differences: differences(wanted, found, status) };
}

/** Where edges differ, what the first of them does. */
function holdOf(service: string, { edges }: Found): ServiceHold | null {
  const held = edges.flatMap(({ edge, answer }) => {
    const here = answer.reachable ? answer.services[service] : undefined;
    if (!answer.reachable || !here?.hold) return [];
    const { hold, waiting = 0 } = here;
    const left = hold.kind === "pause" ? Math.max(0, hold.ends - (answer.now ?? 0)) : null;
    const kind =
      left === null ? ("maintenance" as const) : left > 0 ? ("paused" as const) : ("pause-over" as const);
    return [{ kind, edge: edge.host, waiting, left }];
  });
  const [first] = held;
  if (!first) return null;
  return {
    kind: first.kind,
    edges: held.map(({ edge }) => edge),
    waiting: held.reduce((sum, { waiting }) => sum + waiting, 0),
    left: first.left,
  };
}

export function isHealthy({ edges }: ReplicaStatus): boolean {
  return edges.length > 0 && edges.every(({ health }) => health === "up");
}

/** An edge gives a replica that has just been started its share before its checks are complete. */
export function isServing({ edges }: ReplicaStatus): boolean {
  return edges.length > 0 && edges.every(({ state, health }) => state === "ready" && health !== "down");
}

function hostsOf({ state, config }: Wanted, found: Found): HostStatus[] {
  const documents = hostDocuments(state);
  const names = new Set([...state.hosts.map(({ name }) => name), ...Object.keys(config.hosts ?? {})]);
  return [...names].sort().map((name) => {
    const configured = config.hosts?.[name];
    const answer = found.hosts.get(name);
    const address = configured?.address ?? documents.get(name)?.address ?? null;
    const docker = state.hosts.find((host) => host.name === name)?.docker ?? configured?.docker;
    const host = {
      name,
      address,
      docker: docker ?? `ssh://root@${address}`,
      state: configured?.state ?? ("active" as const),
    };
    if (!answer?.reachable) {
      const unasked = host.state === "lost" ? "marked lost, not asked" : "not in the stack's state yet";
      const problem = answer?.problem ?? unasked;
      return { ...host, reachable: false, problem, version: null, replicas: null, memory: null };
    }
    const running = answer.containers.filter(
      ({ role, status }) => role === "replica" && status === "running",
    );
    const { version, memory } = answer;
    return { ...host, reachable: true, problem: null, version, replicas: running.length, memory };
  });
}

/** The rollout of a service that runs, as an edge has it. One that has only just begun has not said anything yet. */
function rolloutOf(service: string, { edges }: Found): ServiceStatus["rollout"] {
  const seen = edges.flatMap(({ answer }) => (answer.reachable ? [answer.services[service]?.rollout] : []));
  const running = seen.find((rollout) => rollout?.runs);
  if (!running) return null;
  return { phase: running.note?.end ? null : (running.note?.phase ?? null) };
}

function replicasOf({ state }: Wanted, found: Found): ReplicaStatus[] {
  const wanted = state.services.flatMap(({ name, document }) =>
    document.servers.map((server): ReplicaStatus => {
      const answer = found.hosts.get(server.host);
      const container = answer?.reachable
        ? answer.containers.find((each) => each.name === server.container)
        : undefined;
      return {
        service: name,
        name: server.replica,
        container: server.container,
        host: server.host,
        role: "wanted",
        image: container?.image ?? server.image,
        revision: container?.revision ?? server.revision,
        status: container?.status ?? (answer?.reachable ? "missing" : "unknown"),
        since: container ? since(container) : null,
        restarts: container?.restarts ?? 0,
        edges: atEdges(name, server.container, serverName(server), found),
      };
    }),
  );
  const isWanted = new Set(wanted.map(({ container }) => container));
  const others = [...found.hosts].flatMap(([host, answer]) =>
    (answer.reachable ? answer.containers : [])
      .filter(({ role, name }) => role === "replica" && !isWanted.has(name))
      .map((container): ReplicaStatus => {
        const known = state.containers.find(({ name }) => name === container.name);
        return {
          service: container.service,
          name: container.replica,
          container: container.name,
          host,
          role: known ? (known.leaving ? "leaving" : "candidate") : "stranger",
          image: container.image,
          revision: container.revision,
          status: container.status,
          since: since(container),
          restarts: container.restarts,
          edges: atEdges(container.service, container.name, undefined, found),
        };
      }),
  );
  return [...wanted, ...others].sort((a, b) => (order(a) < order(b) ? -1 : 1));
}

function since({ status, createdAt, startedAt }: FoundContainer): string | null {
  if (status === "created") return createdAt;
  return status === "running" ? startedAt : null;
}

function order({ service, role, name, container }: ReplicaStatus): string {
  return [service, role === "wanted" ? 0 : 1, name, container].join("\0");
}

function atEdges(
  service: string,
  container: string,
  name: string | undefined,
  found: Found,
): ReplicaAtEdge[] {
  return found.edges.flatMap(({ edge, answer, percentiles }) => {
    if (!answer.reachable) return [];
    const server = answer.services[service]?.servers.find((each) =>
      name ? each.name === name : each.name.slice(0, each.name.lastIndexOf(":")) === container,
    );
    return [
      {
        edge: edge.host,
        state: server?.admin ?? "absent",
        health: server?.health ?? null,
        lastCheck: server?.lastCheck ?? null,
        sessions: server?.active ?? 0,
        requests: server?.requests ?? 0,
        errors: server?.errors ?? 0,
        answerTime: server?.responseTime ?? 0,
        p95: percentiles?.get(serverKey(backendName(service), server?.name ?? "")) ?? null,
      },
    ];
  });
}
