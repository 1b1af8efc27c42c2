import type { RouteArgs } from "../types.ts";

/** All times in this document are in milliseconds. */
export type Milliseconds = number;

/** A running edge: its host, how to reach that host's Docker Engine, and its container. */
export interface EdgeDocument {
  host: string;
  docker: string;
  container: string;
  /** The stack whose it is, with all hosts, if that is another one. */
  platform?: string;
}

/** A host that answers: where its gateway is, and how to reach its Docker Engine. */
export interface HostDocument {
  name: string;
  docker: string;
  address: string;
  gatewayPort: number;
}

/** One replica, as a server of the edge. */
export interface ServerDocument {
  /** The replica's stable name: service, host and, past the first on a host, ordinal: `web-h3`, `web-h3-2`. */
  replica: string;
  /** The name of its container, new with every release: `web-h3-1a2b3c4`. */
  container: string;
  host: string;
  /** The port that the application listens on inside the container. */
  port: number;
  /** What runs: the image and a short hash of everything else that was asked for. */
  image: string;
  revision: string;
}

/** What the edge must know of a service apart from its servers. A change of it reloads the edge. */
export interface BackendDocument {
  routes: RouteArgs[];
  healthCheck: { path: string; interval: Milliseconds; timeout: Milliseconds };
}

/** How the new replicas are judged after the traffic has moved to them. */
export interface BakeDocument {
  /** How long they are watched. */
  time: Milliseconds;
  /** Fewer requests say nothing. */
  minRequests: number;
  /** By how many percentage points more of their answers may be 5xx than of the old replicas' before. */
  maxErrorRate: number;
  /** How many times as long as the old replicas they may take to answer, on average. */
  maxLatencyFactor: number;
}

/** The wanted state of one service's traffic: what the traffic program reads on its standard input. */
export interface RolloutDocument {
  project: string;
  stack: string;
  service: string;
  edges: EdgeDocument[];
  /** The hosts that may be called. A server on any other host is on a lost one. */
  hosts: HostDocument[];
  /**
   * Where this stack may have left something of the service: on any other host there is nothing to look for.
   * @default every host
   */
  uses?: string[];
  backend: BackendDocument;
  servers: ServerDocument[];
  deadline: Milliseconds;
  bake: BakeDocument;
  /** For requests whose answer has not begun. */
  drain: Milliseconds;
  /** For answers that go on: WebSockets, server-sent events, downloads. */
  drainStreams: Milliseconds;
  /** How long a container may take to end. */
  stopGrace: Milliseconds;
}

/** Whose a service is at the edges, which several stacks may share. */
export function ownerOf({ project, stack }: Pick<RolloutDocument, "project" | "stack">): string {
  return `${project}/${stack}`;
}
