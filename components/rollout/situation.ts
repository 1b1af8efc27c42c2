import {
  gatewayAddress,
  serverName,
  type CommittedService,
  type Edge,
  type NewServer,
  type ServerStatus,
} from "../edge/edge.ts";
import type { RolloutDocument } from "./document.ts";

/** What the edges had when a rollout began, what it is to bring, and what it goes back to when it fails. */
export interface Situation {
  wanted: NewServer[];
  wantedNames: ReadonlySet<string>;
  /** What the edges are to begin with after a restart as long as the wanted servers have not proved themselves. */
  proven: CommittedService;
  /** The wanted servers that had no traffic on this edge. */
  entering(edge: Edge): NewServer[];
  /** The servers of this edge that are not wanted. */
  leaving(edge: Edge): ServerStatus[];
  /** The servers that this edge is left with when the rollout fails. */
  fallback(edge: Edge): string[];
  /** The wanted servers that a failure takes out: they are not what any edge falls back to. */
  candidates: ReadonlySet<string>;
}

/**
 * @param committed what each edge was to begin with when the rollout began, in the order of the edges
 * @param statuses the servers of each edge, likewise
 */
export function situationOf(
  document: RolloutDocument,
  edges: Edge[],
  committed: (CommittedService | undefined)[],
  statuses: ServerStatus[][],
): Situation {
  const wanted = wantedServers(document);
  const wantedNames = new Set(wanted.map(({ name }) => name));
  const before = new Map(edges.map((edge, index) => [edge, statuses[index] ?? []]));
  const ready = (edge: Edge) => (before.get(edge) ?? []).filter(({ admin }) => admin === "ready");

  const proven = provenSet(wantedNames, committed) ?? { backend: document.backend, servers: [] };
  const provenNames = proven.servers.map(({ name }) => name);
  // A set whose containers are gone is nothing to go back to. Then what had the traffic is left with it.
  const alive = statuses.flat().some(({ name, health }) => provenNames.includes(name) && health !== "down");
  const fallback = (edge: Edge) => (alive ? provenNames : ready(edge).map(({ name }) => name));
  const everyFallback = new Set(edges.flatMap(fallback));

  return {
    wanted,
    wantedNames,
    proven,
    entering: (edge) => {
      const had = new Set(ready(edge).map(({ name }) => name));
      return wanted.filter(({ name }) => !had.has(name));
    },
    leaving: (edge) => (before.get(edge) ?? []).filter(({ name }) => !wantedNames.has(name)),
    fallback,
    candidates: new Set([...wantedNames].filter((name) => !everyFallback.has(name))),
  };
}

/**
 * What was committed last has proved itself. A run that was interrupted while it committed leaves edges that differ;
 * the earlier set counts then, for all of them: never a mixture.
 */
function provenSet(
  wanted: ReadonlySet<string>,
  committed: (CommittedService | undefined)[],
): CommittedService | undefined {
  const sets = committed.filter((set) => set !== undefined && set.servers.length > 0);
  const isWanted = (set: CommittedService) =>
    set.servers.length === wanted.size && set.servers.every(({ name }) => wanted.has(name));
  return sets.find((set) => set && !isWanted(set)) ?? sets[0] ?? committed.find(Boolean);
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

/** The container of a server: `web-h3-1a2b3c4` of `web-h3-1a2b3c4:8080`. */
export function containerOf(name: string): string {
  return name.slice(0, name.lastIndexOf(":"));
}
