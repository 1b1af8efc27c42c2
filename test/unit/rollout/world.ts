import type { RolloutNote } from "../../../components/rollout/note.ts";
import { EdgeError } from "../../../components/edge/edgeError.ts";
import type { CommittedService, NewServer, ServerStatus, Stream } from "../../../components/edge/edge.ts";
import { containerOf } from "../../../components/rollout/situation.ts";

/** How a container behaves. */
export interface Behaviour {
  host: string;
  revision: string;
  status: "running" | "exited" | "restarting" | "missing";
  /** From when on it passes its check. */
  healthyAt: number;
  /** The share of its answers that are 5xx. */
  fails: number;
  /** How long its answers take, in milliseconds. */
  takes: number;
  restarts: number;
  log: string;
  lastCheck: string;
}

/** Requests that were begun and take long, of one server: when each is over. */
export interface LongRequests {
  requests: number[];
  streams: { id: string; began: number; ends: number }[];
}

interface ServerState {
  address: string;
  admin: "ready" | "drain" | "maint";
  /** Fractions of requests are carried on. */
  requests: number;
  errors: number;
  busy: LongRequests;
}

/** Everything of one edge that outlives a rollout. */
export interface EdgeState {
  host: string;
  servers: Map<string, ServerState>;
  committed: CommittedService | undefined;
  /** The conversation with it was cut: whatever it is asked fails until it is resumed. `gone`: that fails, too. */
  conversation: "open" | "cut" | "gone";
  /** Requests to each edge while nobody could take them. */
  lost: number;
  countedTo: number;
  /** What rollouts have told those who watch. */
  notes: RolloutNote[];
}

/** The traffic program's process is gone: no call does anything any more. */
export class Killed extends Error {}

export type Hook = (call: { method: string; of: string; moment: "before" | "after" }) => void;

/** Containers and edges, under a constant load, as a rollout finds and changes them. */
export class World {
  readonly containers = new Map<string, Behaviour>();
  readonly edges: EdgeState[];
  /** Every call in its order: `shift e1`. */
  readonly calls: string[] = [];
  /** What an edge says of routes that are another service's. */
  readonly routesOfOthers: string[] = [];
  /** Requests a second for each edge. */
  load = 200;
  /** May throw, before a call has an effect or after it. */
  hook: Hook = () => {};
  /** How long a call takes: a moment, on the second edge a longer one. */
  delay: (method: string, of: string) => number = (_, of) => (of === "e2" ? 7 : 3);
  private dead = false;

  constructor(edges: string[]) {
    this.edges = edges.map((host) => ({
      host,
      servers: new Map(),
      committed: undefined,
      conversation: "open",
      lost: 0,
      notes: [],
      countedTo: Date.now(),
    }));
  }

  /** The process ends with this call; what comes after it has no effect. */
  kill(): never {
    this.dead = true;
    throw new Killed("killed");
  }

  /** The next process. */
  revive(): void {
    this.dead = false;
    this.hook = () => {};
  }

  async call<T>(method: string, of: string, act: () => T): Promise<T> {
    await new Promise((resolve) => setTimeout(resolve, this.delay(method, of)));
    if (this.dead) throw new Killed("killed");
    if (method !== "counters") this.calls.push(`${method} ${of}`);
    this.hook({ method, of, moment: "before" });
    for (const edge of this.edges) this.serve(edge);
    const isCut = () => this.edges.some(({ host, conversation }) => host === of && conversation !== "open");
    if (isCut()) throw edgeFailure(of, "the conversation ended");
    const result = act();
    this.hook({ method, of, moment: "after" });
    if (isCut()) throw edgeFailure(of, "the conversation ended");
    return result;
  }

  /** Lets the load up to now reach the servers that take it. */
  private serve(edge: EdgeState): void {
    const came = ((Date.now() - edge.countedTo) / 1000) * this.load;
    edge.countedTo = Date.now();
    const serving = [...edge.servers].filter(
      ([name, { admin }]) => admin === "ready" && this.health(name) === "up",
    );
    if (serving.length === 0) edge.lost += came;
    for (const [name, server] of serving) {
      server.requests += came / serving.length;
      server.errors += (came / serving.length) * (this.containers.get(containerOf(name))?.fails ?? 0);
    }
  }

  health(name: string): ServerStatus["health"] {
    const container = this.containers.get(containerOf(name));
    if (container?.status !== "running") return "down";
    return Date.now() >= container.healthyAt ? "up" : container.lastCheck ? "down" : "checking";
  }

  status(name: string, server: ServerState): ServerStatus {
    const container = this.containers.get(containerOf(name));
    const now = Date.now();
    const streams = server.busy.streams.filter(({ ends }) => ends > now).length;
    const waiting = server.busy.requests.filter((ends) => ends > now).length;
    const requests = Math.floor(server.requests);
    const inFlight = Math.min(requests, Math.ceil(((container?.takes ?? 0) / 1000) * this.load));
    const shown = (container?.takes ?? 0) > 1000 ? inFlight : 0;
    return {
      name,
      address: server.address,
      admin: server.admin,
      health: this.health(name),
      lastCheck: container?.lastCheck || "not checked yet",
      active: streams + waiting + (server.admin === "ready" ? shown : 0),
      requests,
      answers: Math.max(0, requests - waiting - shown),
      errors: Math.floor(server.errors),
      responseTime: requests > 0 ? (container?.takes ?? 0) : 0,
    };
  }

  /** What a crash and a restart of an edge leave: the committed set. */
  restart(edge: EdgeState): void {
    edge.servers.clear();
    for (const { name, address } of edge.committed?.servers ?? []) {
      edge.servers.set(name, newServer(address, "ready"));
    }
  }

  /** The edge is restarted under a rollout that speaks with it. */
  restartUnder(edge: EdgeState, conversation: "cut" | "gone"): void {
    this.restart(edge);
    edge.conversation = conversation;
  }

  async resume(edge: EdgeState): Promise<boolean> {
    if (edge.conversation !== "open") await new Promise((resolve) => setTimeout(resolve, 300));
    if (this.dead) throw new Killed("killed");
    if (edge.conversation === "gone") throw edgeFailure(edge.host, "it does not answer");
    const wasCut = edge.conversation === "cut";
    edge.conversation = "open";
    return wasCut;
  }

  streams(edge: EdgeState, names: string[]): Stream[] {
    const now = Date.now();
    return names.flatMap((name) =>
      (edge.servers.get(name)?.busy.streams ?? [])
        .filter(({ ends }) => ends > now)
        .map(({ id, began }) => ({ id, server: name, age: (now - began) / 1000 })),
    );
  }

  /** What matters in the end, in a form that can be compared. Containers that no edge knows are the engine's. */
  get end(): unknown {
    const known = new Set(this.edges.flatMap(({ servers }) => [...servers.keys()].map(containerOf)));
    return {
      edges: this.edges.map(({ host, servers, committed }) => ({
        host,
        servers: [...servers].map(([name, { admin }]) => `${name} ${admin}`).sort(),
        committed: committed?.servers.map(({ name }: NewServer) => name).sort(),
        backend: committed?.backend,
      })),
      running: this.running.filter((name) => known.has(name)),
    };
  }

  get running(): string[] {
    return [...this.containers]
      .filter(([, { status }]) => status === "running")
      .map(([name]) => name)
      .sort();
  }

  admin(host: string): Record<string, string> {
    const edge = this.edges.find((each) => each.host === host);
    return Object.fromEntries(
      [...(edge?.servers ?? [])].map(([name, { admin }]) => [containerOf(name), admin]),
    );
  }
}

export function newServer(address: string, admin: ServerState["admin"]): ServerState {
  return { address, admin, requests: 0, errors: 0, busy: { requests: [], streams: [] } };
}

export function edgeFailure(host: string, problem: string): EdgeError {
  return new EdgeError(host, problem);
}
