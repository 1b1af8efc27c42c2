import type { BackendDocument, HostDocument, ServerDocument } from "../rollout/document.ts";
import type { Hold } from "./holds.ts";

/** A server as an edge sees it right now. */
export interface ServerStatus {
  /** `<container>:<port>`, which is also what the gateway is told. */
  name: string;
  /** `<address>:<gateway port>` of its host. */
  address: string;
  /** `ready` takes traffic, `drain` only finishes what it has, `maint` is out. */
  admin: "ready" | "drain" | "maint";
  /** `checking` until enough checks in a row have passed since it was added (never counted as healthy). */
  health: "checking" | "up" | "down";
  /** The last check's result in words, for a person: `HTTP 503 after 2 ms`, `connection refused`. */
  lastCheck: string;
  /** Requests that it is serving at this moment. */
  active: number;
  /** Requests that were sent to it since it was added. */
  requests: number;
  /** Answers that began, of any status, since it was added. */
  answers: number;
  /** 5xx answers since it was added. */
  errors: number;
  /** The average time in milliseconds from a request until its answer began, over its last requests; 0 before any. */
  responseTime: number;
}

/** An answer that has begun and goes on: a WebSocket, server-sent events, a download. */
export interface Stream {
  /** What the edge calls it. */
  id: string;
  server: string;
  /** In seconds, since its request. */
  age: number;
}

/** What an edge has counted for one service since its worker started. */
export interface BackendCounters {
  /** Requests that came in for the service. */
  requests: number;
  /** Answers that went out, of any status. */
  answers: number;
  /** Requests that failed for their user: 5xx answers, of the application or of the edge, and answers cut short. */
  failures: number;
  /** Requests that are in flight or wait for a server. */
  pending: number;
}

/** A server to be added to an edge. */
export interface NewServer {
  name: string;
  address: string;
  healthCheckPath: string;
}

/** What a restart of the edge begins with, for one service. */
export interface CommittedService {
  /** Whose it is, `<project>/<stack>`; unknown where an earlier version has written it. */
  owner?: string | undefined;
  backend: BackendDocument;
  servers: NewServer[];
  /** Set by an operator; rollouts keep it. */
  hold?: Hold | undefined;
}

export function serverName(server: Pick<ServerDocument, "container" | "port">): string {
  return `${server.container}:${server.port}`;
}

export function gatewayAddress(host: Pick<HostDocument, "address" | "gatewayPort">): string {
  return `${host.address}:${host.gatewayPort}`;
}

/**
 * One running edge, as a rollout uses it. Every method may be called again after an interruption: it brings about its
 * state and does nothing where that is already so. Every failure is an `EdgeError` that names the edge's host.
 */
export interface Edge {
  readonly host: string;

  /**
   * Begins: from here to `close` this is the only rollout of its service on this edge. One that was killed may still have
   * its traffic program running, which ends soon; what it does last must not meet what this one does first. A service of
   * another stack, which shares the edge, is refused.
   * @param onWait called once when another one has to end first
   * @param stop ends the waiting for it
   */
  claim(onWait: () => void, stop?: AbortSignal): Promise<void>;

  /**
   * Begins again after the conversation was cut, because the edge was restarted or the connection to its host was lost.
   * Until then everything else fails. An edge that was restarted has what was committed; what was staged is gone, and so
   * is the hold on reloads.
   * @returns whether it had been cut
   */
  resume(): Promise<boolean>;

  /**
   * Makes the service known: its routes, its backend, its check settings. Reloads the edge only where they differ from
   * what is committed, waits until the new worker serves, and then until the old one is gone. Servers stay as they are.
   * Waits for rollouts of other services on this edge to end before it reloads.
   * @param stop ends the waiting
   * @returns whether the edge was reloaded
   */
  declare(backend: BackendDocument, stop?: AbortSignal): Promise<boolean>;

  /** Which of its routes are another service's until that one lets them go, in words. */
  routesOfOthers(backend: BackendDocument): Promise<string[]>;

  /**
   * Keeps other services' reloads away until `close`, because a reload forgets what is not yet committed.
   * @param stop ends the waiting for one that goes on
   */
  holdReloads(stop?: AbortSignal): Promise<void>;

  servers(): Promise<ServerStatus[]>;
  counters(): Promise<BackendCounters>;

  /** Adds servers that are checked and get no traffic. One that is already there keeps its state. */
  add(backend: BackendDocument, servers: NewServer[]): Promise<void>;

  /** In one step: `ready` servers take traffic, then `drain` servers take no more. */
  shift(step: { ready: string[]; drain: string[] }): Promise<void>;

  /** Takes servers out, cutting what they still serve. */
  remove(names: string[]): Promise<void>;

  /** The answers of these servers that have begun and go on. */
  streams(names: string[]): Promise<Stream[]>;

  /** Cuts streams; one that has ended by itself is no error. */
  cut(streams: Stream[]): Promise<void>;

  /** What is written down of the service; `undefined` for nothing. */
  committed(): Promise<CommittedService | undefined>;

  /** Writes down the wanted servers as what a restart of the edge begins with. Checked before it takes effect. */
  commit(backend: BackendDocument, servers: NewServer[]): Promise<void>;

  /** Takes the service away: routes first, then its servers as soon as none serves a request or `drain` is over. */
  retire(drain: number): Promise<void>;

  /** Leaves a rollout's word for those who watch it from outside. */
  note(text: string): Promise<void>;

  close(): Promise<void>;
}
