import type { Phase } from "../../components/rollout/report.ts";
import type { RolloutEnd } from "../../components/rollout/note.ts";
import type { Status } from "../status.ts";

/** What the page is told. No secret is in it. Moments are milliseconds since the epoch. */

/** What a replica set has run, in the order in which it was seen. */
export interface Version {
  image: string;
  revision: string;
}

/** One moment of a service's traffic, over all edges. */
export interface TrafficPoint {
  at: number;
  /** Requests per second. */
  requests: number;
  /** Per second: 5xx answers, of the application or of an edge, and answers that were cut short. */
  failures: number;
  /** The average time until an answer began, in milliseconds; `null` when there was none. */
  latency: number | null;
  /** Requests per second that replicas were given, by the number of their version. */
  versions: Record<number, number>;
}

/** Requests and 5xx answers per second. */
export interface ReplicaRate {
  requests: number;
  errors: number;
}

/**
 * What becomes of a release.
 * - `creating`: containers of the next one have been made, and no rollout has begun
 * - `running`: the rollout
 * - `deleting`: the rollout has ended well, and old containers are still there
 * - `interrupted`: the rollout was killed
 * - or how it ended
 */
export type RolloutState = "creating" | "running" | "deleting" | "interrupted" | RolloutEnd;

export interface RolloutView {
  service: string;
  state: RolloutState;
  /** What it brings. */
  image: string | null;
  /** The step that it is at, or ended in. */
  phase: Phase | "back" | null;
  /** Since when it is in that state and step. */
  since: number;
  began: number;
  /** How long each step that is over took, in milliseconds. */
  took: Partial<Record<Phase, number>>;
  /** Until when the new replicas must be healthy; `null` in other steps. */
  deadline: number | null;
  movedAt: number | null;
  /** The containers that are to have the traffic. */
  entering: string[];
  /** New replicas that pass their checks on every edge, and how many there are to be. */
  healthy: number;
  wanted: number;
  /** The part of the requests that new replicas are given, 0 to 1; `null` when there are none. */
  share: number | null;
  /** Requests that replicas which are to go still serve. */
  draining: number;
}

export interface Snapshot {
  at: number;
  /** Differences that are the steps of an update under way are left out. */
  status: Status;
  /** By service. */
  versions: Record<string, Version[]>;
  /** By container. */
  rates: Record<string, ReplicaRate>;
  /** By service; none for one of which no rollout has been seen. */
  rollouts: Record<string, RolloutView>;
  traffic: Record<string, TrafficPoint>;
  /** Why the stack's state or configuration could not be read again; what is shown of them is older. */
  problem: string | null;
}

/** Where the page's server gets it from. */
export interface Source {
  /** `undefined` until everybody has been asked once. */
  readonly latest: Snapshot | undefined;
  /** By service, oldest first. */
  readonly history: Record<string, TrafficPoint[]>;
  /** @returns how to stop listening */
  listen(listener: (snapshot: Snapshot) => void): () => void;
}
