import type { EdgeDocument } from "../components/rollout/document.ts";
import { askEdge, type EdgeAnswer } from "./askEdge.ts";
import { askHost, type HostAnswer } from "./askHost.ts";
import { percentiles, type Percentiles } from "./edgeLog.ts";
import type { StackConfiguration } from "./stack.ts";
import type { KnownContainer, StackState } from "./state.ts";

/** What is wanted: the stack's state, and the configuration of its next update. */
export interface Wanted {
  state: StackState;
  config: Pick<StackConfiguration, "hosts" | "services">;
}

/** What was found when everybody was asked at the same moment. */
export interface Found {
  at: Date;
  /** By host. A lost host is not asked. */
  hosts: Map<string, HostAnswer>;
  edges: FoundEdge[];
}

export interface FoundEdge {
  edge: EdgeDocument;
  answer: EdgeAnswer;
  /** Where they were asked for. */
  percentiles?: Percentiles;
}

/**
 * Asks all hosts and all edges, in parallel. It takes as long as the slowest, and never longer than a few seconds.
 * @param options.logs whether the edges' logs are read for percentiles, too
 */
export async function gather({ state, config }: Wanted, { logs = false } = {}): Promise<Found> {
  const hosts = state.hosts.filter(({ name }) => config.hosts?.[name]?.state !== "lost");
  const services = state.services.map(({ name }) => name);
  const [hostAnswers, edgeAnswers] = await Promise.all([
    Promise.all(hosts.map(async (host) => [host.name, await askHost(host, state)] as const)),
    Promise.all(
      edgesOf(state)
        .filter(({ host }) => hosts.some(({ name }) => name === host))
        .map(async (edge): Promise<FoundEdge> => {
          const log = logs ? percentiles(edge) : undefined;
          const answer = await askEdge(edge, services);
          return { edge, answer, ...(log && { percentiles: await log }) };
        }),
    ),
  ]);
  return { at: new Date(), hosts: new Map(hostAnswers), edges: edgeAnswers };
}

/** The edges that the stack's state has: its own, or those of its platform, as its rollouts know them. */
export function edgesOf(state: StackState): EdgeDocument[] {
  const isEdge = ({ role, leaving }: KnownContainer) => role === "edge" && !leaving;
  const endpoints = new Map(state.hosts.map(({ name, docker }) => [name, docker]));
  const own = state.containers.filter(isEdge).map(({ name, host }) => ({
    host,
    docker: endpoints.get(host) ?? "",
    container: name,
  }));
  if (own.length > 0) return own;
  const known = state.services.flatMap(({ document }) => document.edges);
  return [...new Map(known.map((edge) => [edge.host, edge])).values()];
}
