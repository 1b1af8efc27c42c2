import { statusOf } from "../../../cli/status.ts";
import type { EdgeAnswer, SeenRollout } from "../../../cli/askEdge.ts";
import type { FoundContainer, HostAnswer } from "../../../cli/askHost.ts";
import type { Wanted } from "../../../cli/inventory.ts";
import { isStepOf, rolloutView } from "../../../cli/dashboard/rollouts.ts";
import type { Snapshot, Source, TrafficPoint } from "../../../cli/dashboard/snapshot.ts";
import type { ServerStatus } from "../../../components/edge/edge.ts";
import type { RolloutNote } from "../../../components/rollout/note.ts";

/** A stack as the page is told of it: five hosts, a replica of `web` on each, an edge on h1. */

export const now = Date.parse("2026-11-25T10:30:00Z");
const hosts = ["h1", "h2", "h3", "h4", "h5"];
const edge = { host: "h1", docker: "ssh://deploy@10.0.0.11", container: "edge-h1-eeeeeee" };

/** What the scene is like; the defaults are those of a good day. */
export interface Given {
  /** What runs: v1 alone, v2 beside it, or v2 alone. */
  versions?: ("v1" | "v2")[];
  /** Which of them the last rollout that succeeded brought. */
  wanted?: "v1" | "v2";
  /** Which gets the traffic. */
  serving?: "v1" | "v2";
  /** How many of the new replicas are healthy. */
  healthy?: number;
  dead?: string[];
  /** What the state says that an update was about to do. */
  pending?: string[];
  /** The containers of the newest version have been made, and not started. */
  made?: boolean;
  rollout?: Partial<RolloutNote> & { runs: boolean };
  /** Requests a second. */
  load?: number;
  failures?: number;
}

const containerOf = (host: string, version: string) =>
  `web-${host}-${version === "v1" ? "a1b2c3d" : "e4f5a6b"}`;
const imageOf = (version: string) => `acme/web:1.${version === "v1" ? 4 : 5}`;
const revisionOf = (version: string) => (version === "v1" ? "6c33fde6" : "91ab02cd");

function found(host: string, version: string, { at, made }: { at: number; made: boolean }): FoundContainer {
  const moment = new Date(at - (version === "v1" ? 5_400_000 : 6_000)).toISOString();
  return {
    name: containerOf(host, version),
    image: imageOf(version),
    status: made ? "created" : "running",
    createdAt: moment,
    startedAt: made ? "0001-01-01T00:00:00Z" : moment,
    exitCode: 0,
    restarts: 0,
    role: "replica",
    service: "web",
    replica: `web-${host}`,
    revision: revisionOf(version),
  };
}

/** A snapshot of the scene. */
export function snapshot(given: Given = {}, at = now): Snapshot {
  const {
    versions = ["v1"],
    wanted: current = "v1",
    serving = "v1",
    healthy = 5,
    dead = [],
    made = false,
    load = 168,
  } = given;
  const wanted: Wanted = {
    state: {
      project: "shop",
      stack: "prod",
      services: [
        {
          name: "web",
          report: undefined,
          document: {
            project: "shop",
            stack: "prod",
            service: "web",
            edges: [edge],
            hosts: [],
            backend: { routes: [], healthCheck: { path: "/", interval: 1000, timeout: 1000 } },
            servers: hosts.map((host) => ({
              replica: `web-${host}`,
              container: containerOf(host, current),
              host,
              port: 8080,
              image: imageOf(current),
              revision: revisionOf(current),
            })),
            deadline: 120_000,
            bake: { time: 1_000, minRequests: 10, maxErrorRate: 5, maxLatencyFactor: 5 },
            drain: 30_000,
            drainStreams: 60_000,
            stopGrace: 10_000,
          },
        },
      ],
      hosts: hosts.map((name) => ({ name, docker: `ssh://deploy@10.0.0.1${name.slice(1)}` })),
      containers: [
        { name: edge.container, role: "edge", host: "h1", service: "", image: "haproxy:3.2", leaving: false },
      ],
      interrupted: given.pending ?? [],
    },
    config: {
      hosts: Object.fromEntries(
        hosts.map((name) => [
          name,
          { address: `10.0.0.1${name.slice(1)}`, docker: `ssh://deploy@10.0.0.1${name.slice(1)}` },
        ]),
      ),
      services: { web: { image: imageOf(current), replicas: 5 } },
    },
  };
  const answers = hosts.map((host): [string, HostAnswer] => [
    host,
    dead.includes(host)
      ? { reachable: false, problem: "no answer within 5 s" }
      : {
          reachable: true,
          version: "28.0.0",
          memory: 8 * 2 ** 30,
          cpus: 4,
          containers: versions.map((version) =>
            found(host, version, { at, made: made && version !== serving }),
          ),
        },
  ]);
  const atEdge = made ? [serving] : versions;
  const servers = hosts.flatMap((host, index) =>
    atEdge.map((version): ServerStatus => ({
      name: `${containerOf(host, version)}:8080`,
      address: `10.0.0.1${index + 1}:7080`,
      admin: version === serving ? "ready" : "drain",
      health: dead.includes(host) ? "down" : version === "v2" && index >= healthy ? "checking" : "up",
      lastCheck: dead.includes(host) ? "the gateway does not answer after 1001 ms" : "HTTP 200 after 1 ms",
      active: version === serving ? 2 : version === "v1" ? 1 : 0,
      requests: 48_000,
      answers: 48_000,
      errors: 0,
      responseTime: 12,
    })),
  );
  const rollout: SeenRollout = given.rollout
    ? {
        runs: given.rollout.runs,
        note: {
          service: "web",
          image: imageOf("v2"),
          containers: hosts.map((host) => containerOf(host, "v2")),
          deadline: 120_000,
          began: at - 4_000,
          phase: "healthy",
          since: at - 2_000,
          took: {},
          movedAt: null,
          end: null,
          ...given.rollout,
        },
      }
    : { runs: false, note: null };
  const edgeAnswer: EdgeAnswer = {
    reachable: true,
    version: "3.2.1",
    services: {
      web: { servers, counters: { requests: 240_000, answers: 240_000, failures: 0, pending: 0 }, rollout },
    },
  };
  const status = statusOf(wanted, {
    at: new Date(at),
    hosts: new Map(answers),
    edges: [{ edge, answer: edgeAnswer }],
  });
  const alive = hosts.filter((host) => !dead.includes(host));
  const rates = Object.fromEntries(
    alive.map((host) => [containerOf(host, serving), { requests: load / alive.length, errors: 0 }]),
  );
  const view = rolloutView({
    service: "web",
    rollouts: [rollout],
    replicas: status.replicas,
    rates,
    now: at,
  });
  const rollouts: Snapshot["rollouts"] = view ? { web: view } : {};
  const number = serving === "v1" ? 0 : 1;
  return {
    at,
    status: { ...status, differences: status.differences.filter((each) => !isStepOf(each, rollouts)) },
    versions: {
      web: ["v1", "v2"].map((version) => ({ image: imageOf(version), revision: revisionOf(version) })),
    },
    rates,
    rollouts,
    traffic: {
      web: { at, requests: load, failures: given.failures ?? 0, latency: 12, versions: { [number]: load } },
    },
    problem: null,
  };
}

/** Five minutes of traffic that ends with a snapshot's. @param moved since when v2 has had it, in milliseconds */
export function history({ at }: Snapshot, moved: number | undefined): TrafficPoint[] {
  return Array.from({ length: 300 }, (_, index) => {
    const then = at - (300 - index) * 1_000;
    const requests = 168 + 22 * Math.sin(index / 17) + 9 * Math.sin(index / 3.1);
    const number = moved !== undefined && then >= at - moved ? 1 : 0;
    return {
      at: then,
      requests,
      failures: 0,
      latency: 12 + 3 * Math.sin(index / 11) + Math.sin(index * 1.7),
      versions: { [number]: requests },
    };
  });
}

/** A source that says what a test wants. */
export class SourceDouble implements Source {
  latest: Snapshot | undefined;
  history: Record<string, TrafficPoint[]> = {};
  private readonly listeners = new Set<(snapshot: Snapshot) => void>();

  constructor(latest?: Snapshot, history: TrafficPoint[] = []) {
    this.latest = latest;
    if (latest) this.history = { web: history };
  }

  listen(listener: (snapshot: Snapshot) => void): () => void {
    this.listeners.add(listener);
    return () => this.listeners.delete(listener);
  }

  tell(snapshot: Snapshot): void {
    this.latest = snapshot;
    for (const listener of this.listeners) listener(snapshot);
  }

  get audience(): number {
    return this.listeners.size;
  }
}
