/**
 * The kinds of requests in a load.
 *
 * - `keepAlive`: on connections that stay open for as long as the load runs.
 * - `oneRequest`: each on a connection of its own (`connection: close`).
 * - `slow`: the replica takes `slowness` to answer, so some are always in flight.
 * - `post`: carries an id, and must be counted by exactly one replica, once.
 */
export const kinds = ["keepAlive", "oneRequest", "slow", "post"] as const;
export type Kind = (typeof kinds)[number];

export interface LoadOptions {
  /** The edge. @example "http://198.18.0.11" */
  url: string;
  /** The host name that requests name. @default the url's */
  host?: string;
  /** Headers to be sent with every request. @default {} */
  headers?: Record<string, string>;
  /** Requests per second of each kind. @default 100, 40, 8 and 20 */
  rates?: Partial<Record<Kind, number>>;
  /** The number of connections that the `keepAlive` requests take turns on. @default 10 */
  connections?: number;
  /** How long a `slow` request takes, in milliseconds. @default 2000 */
  slowness?: number;
  /** A request that has no complete answer after this many milliseconds has failed. @default 10_000 */
  timeout?: number;
}

/** One request and what came of it. Times are milliseconds since the epoch, with fractions. */
export interface Result {
  kind: Kind;
  /** Its number in this load, from 0. */
  number: number;
  /** The id that a `post` carried. */
  id?: string;
  start: number;
  end: number;
  status?: number;
  /** What it was answered by. A failure has a version where the application itself answered so. */
  version?: string;
  replica?: string;
  host?: string;
  /** Why it has failed: no connection, no complete answer, a wrong status, an answer that contradicts itself. */
  error?: string;
}

/** What the load's process reports. */
export type Report = { sent: number; results: Result[]; stopped: boolean };

export const defaultRates: Record<Kind, number> = { keepAlive: 100, oneRequest: 40, slow: 8, post: 20 };

/** The time right now, in milliseconds since the epoch, the same in every process of this machine. */
export function now(): number {
  return performance.timeOrigin + performance.now();
}

/** `01:02:03.456`, of a time in milliseconds since the epoch: in UTC, as in the logs. */
export function timeOfDay(at: number): string {
  return new Date(at).toISOString().slice(11, 23);
}
