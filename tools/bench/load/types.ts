/**
 * How one request is sent:
 *
 * - `keepAlive`: HTTP/1.1, on a connection that is kept.
 * - `oneShot`: HTTP/1.1, on a connection of its own.
 * - `http2`: without TLS; all of them share one connection.
 * - `webSocket`: a message, and the answer to it.
 */
export type Sending = "keepAlive" | "oneShot" | "http2" | "webSocket";

export interface LoadPlan {
  sending: Sending;
  /** @example "http://127.0.0.1:8080/" */
  url: string;
  /** The host name that requests name. @default the url's */
  host?: string;
  /** How many requests there are at a time, at most. */
  atOnce: number;
  /** Requests per second, in all. @default as many as get their answers */
  rate?: number;
  /** In milliseconds. @default until it is stopped */
  time?: number;
}

/** Times are in milliseconds; the starts since the epoch, with fractions. */
export interface LoadResult {
  /** From the first request to the end of the last answer. */
  elapsed: number;
  starts: number[];
  /** How long each answer took, as the starts are ordered. Those that failed are in neither. */
  took: number[];
  failed: number;
  /** The first failure, in words. */
  example?: string;
}
