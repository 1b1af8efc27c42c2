import { vi } from "vitest";
import { gatewayAddress, serverName } from "../../../components/edge/edge.ts";
import type { HostDocument, RolloutDocument, ServerDocument } from "../../../components/rollout/document.ts";
import type { RolloutReport } from "../../../components/rollout/report.ts";
import { rollOut } from "../../../components/rollout/rollout.ts";
import { fakeContainers, fakeEdge } from "./fakes.ts";
import { newServer, World, type Behaviour } from "./world.ts";

const hosts: HostDocument[] = ["h1", "h2", "h3"].map((name, index) => ({
  name,
  docker: `ssh://${name}`,
  address: `10.0.0.${index + 1}`,
  gatewayPort: 7080,
}));

/** How a rollout ended. */
export interface End {
  report: RolloutReport | undefined;
  error: unknown;
  said: string[];
}

/** A service on three hosts behind two edges, version by version. */
export class Scene {
  readonly world: World;
  document: RolloutDocument;
  readonly stop = new AbortController();

  constructor({ edges = ["e1", "e2"] } = {}) {
    this.world = new World(edges);
    this.document = {
      project: "p",
      stack: "s",
      service: "web",
      edges: [],
      hosts,
      backend: { routes: [{ path: "/" }], healthCheck: { path: "/", interval: 2000, timeout: 2000 } },
      servers: [],
      deadline: 20_000,
      bake: { time: 1_000, minRequests: 10, maxErrorRate: 5, maxLatencyFactor: 5 },
      drain: 5_000,
      drainStreams: 10_000,
      stopGrace: 1_000,
    };
  }

  /** The servers of a version, one on each of the first hosts. */
  servers(version: string, count = 3): ServerDocument[] {
    return hosts.slice(0, count).map(({ name }) => ({
      replica: `web-${name}`,
      container: `web-${name}-${version}`,
      host: name,
      port: 8080,
      image: `web:${version}`,
      revision: version,
    }));
  }

  /** Has the engine create the containers of a version, and asks for them. */
  want(servers: ServerDocument[], behaviour: Partial<Behaviour> = {}): void {
    this.document = { ...this.document, servers };
    for (const { container, host, revision } of servers) {
      if (this.world.containers.has(container)) continue;
      this.world.containers.set(container, {
        host,
        revision,
        status: "running",
        healthyAt: Date.now() + 500,
        fails: 0,
        takes: 20,
        restarts: 0,
        log: "",
        lastCheck: "",
        ...behaviour,
      });
    }
  }

  /** Has a version serve, as an earlier rollout left it. */
  serving(servers: ServerDocument[], behaviour: Partial<Behaviour> = {}): void {
    this.want(servers, { healthyAt: 0, ...behaviour });
    const { backend } = this.document;
    for (const edge of this.world.edges) {
      const committed = servers.map((server) => ({
        name: serverName(server),
        address: gatewayAddress(hosts.find(({ name }) => name === server.host)!),
        healthCheckPath: "/",
      }));
      for (const { name, address } of committed) {
        edge.servers.set(name, { ...newServer(address, "ready"), requests: 1000 });
      }
      edge.committed = { backend, servers: committed };
    }
  }

  container(name: string): Behaviour {
    return this.world.containers.get(name)!;
  }

  /** Runs the traffic program once, from its start to its end, in no time. */
  async run(): Promise<End> {
    const said: string[] = [];
    const end: End = { report: undefined, error: undefined, said };
    let over = false;
    void rollOut({
      document: this.document,
      edges: this.world.edges.map((edge) => fakeEdge(this.world, edge)),
      containers: fakeContainers(this.world),
      say: (line) => said.push(line),
      stop: this.stop.signal,
    })
      .then(
        (report) => (end.report = report),
        (error: unknown) => (end.error = error),
      )
      .finally(() => (over = true));
    while (!over) await vi.advanceTimersByTimeAsync(20);
    // What a process that was killed has begun.
    await vi.advanceTimersByTimeAsync(500);
    return end;
  }
}
