import type { ServerStatus } from "../../../components/edge/edge.ts";
import type { RolloutDocument } from "../../../components/rollout/document.ts";
import type { SeenRollout } from "../../../cli/askEdge.ts";
import type { FoundContainer, HostAnswer } from "../../../cli/askHost.ts";
import type { Found, Wanted } from "../../../cli/inventory.ts";
import type { KnownContainer } from "../../../cli/state.ts";

/** A service `web` of two replicas on `h1` and `h2`, an edge on `h1`: as it is when all is well. */

const replicas = [
  { replica: "web-h1", container: "web-h1-aaaaaaa", host: "h1" },
  { replica: "web-h2", container: "web-h2-bbbbbbb", host: "h2" },
] as const;

export const dockerOf = (host: string) => `ssh://deploy@${host}.example.com`;

const document: RolloutDocument = {
  project: "shop",
  stack: "prod",
  service: "web",
  edges: [{ host: "h1", docker: dockerOf("h1"), container: "edge-h1-eeeeeee" }],
  hosts: ["h1", "h2"].map((name, index) => ({
    name,
    docker: dockerOf(name),
    address: `10.0.0.1${index + 1}`,
    gatewayPort: 7080,
  })),
  backend: { routes: [{ path: "/" }], healthCheck: { path: "/", interval: 1000, timeout: 1000 } },
  servers: replicas.map((replica) => ({
    ...replica,
    port: 8080,
    image: "acme/web:1.4",
    revision: "1234abcd",
  })),
  deadline: 120_000,
  bake: { time: 1_000, minRequests: 10, maxErrorRate: 5, maxLatencyFactor: 5 },
  drain: 30_000,
  drainStreams: 60_000,
  stopGrace: 10_000,
};

const known = (name: string, role: string, host: string, service = ""): KnownContainer => ({
  name,
  role,
  host,
  service,
  image: "acme/web:1.4",
  leaving: false,
});

export function container(name: string, change: Partial<FoundContainer> = {}): FoundContainer {
  return {
    name,
    image: "acme/web:1.4",
    status: "running",
    createdAt: "2026-11-25T08:59:59Z",
    startedAt: "2026-11-25T09:00:00Z",
    exitCode: 0,
    restarts: 0,
    role: "replica",
    service: "web",
    replica: name.split("-").slice(0, 2).join("-"),
    revision: "1234abcd",
    ...change,
  };
}

export function server(name: string, change: Partial<ServerStatus> = {}): ServerStatus {
  return {
    name,
    address: "10.0.0.11:7080",
    admin: "ready",
    health: "up",
    lastCheck: "HTTP 200 after 1 ms",
    active: 2,
    requests: 100,
    answers: 100,
    errors: 1,
    responseTime: 12,
    ...change,
  };
}

/** Fresh ones for each test, to be changed at will. */
export function allIsWell() {
  const wanted: Wanted = structuredClone({
    state: {
      project: "shop",
      stack: "prod",
      services: [{ name: "web", document, report: undefined }],
      hosts: ["h1", "h2"].map((name) => ({ name, docker: dockerOf(name) })),
      containers: [
        known("edge-h1-eeeeeee", "edge", "h1"),
        known("hosts-h1-gateway-1", "gateway", "h1"),
        known("hosts-h2-gateway-2", "gateway", "h2"),
        ...replicas.map((replica) => known(replica.container, "replica", replica.host, "web")),
      ],
      interrupted: [],
    },
    config: {
      hosts: {
        h1: { address: "10.0.0.11", docker: dockerOf("h1") },
        h2: { address: "10.0.0.12", docker: dockerOf("h2") },
      },
      services: { web: { image: "acme/web:1.4", replicas: 2 } },
    },
  });
  const answer = (host: string, ...containers: FoundContainer[]) => ({
    reachable: true as const,
    version: "28.0.0",
    memory: 8 * 2 ** 30,
    cpus: 4,
    containers: [
      container(`hosts-${host}-gateway-${host.slice(1)}`, { role: "gateway", service: "", replica: "" }),
      ...containers,
    ],
  });
  const edge = {
    reachable: true as const,
    version: "3.2.1",
    services: {
      web: {
        servers: replicas.map((replica) => server(`${replica.container}:8080`)),
        counters: { requests: 200, answers: 200, failures: 2, pending: 0 },
        rollout: { runs: false, note: null } as SeenRollout,
      },
    },
  };
  const h1 = answer("h1", container("web-h1-aaaaaaa"));
  const h2 = answer("h2", container("web-h2-bbbbbbb"));
  const hosts = new Map<string, HostAnswer>([
    ["h1", h1],
    ["h2", h2],
  ]);
  const found: Found = {
    at: new Date("2026-11-25T10:30:00Z"),
    hosts,
    edges: [{ edge: document.edges[0]!, answer: edge }],
  };
  return { wanted, found, h1, h2, edge };
}
