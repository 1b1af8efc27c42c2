import { createServer, type IncomingMessage, type Server, type ServerResponse } from "node:http";
import { once } from "node:events";
import { mkdir, rm } from "node:fs/promises";
import path from "node:path";
import { json } from "node:stream/consumers";
import { setTimeout as pause } from "node:timers/promises";
import { SimulatedEngine } from "./engine.ts";

export interface FleetOptions {
  hosts: number;
  /** The images that every engine has. */
  images: readonly string[];
  /** Where the engines' sockets are made. */
  directory: string;
  /** How long an engine takes for a change, in milliseconds. */
  latency: number;
  /** The port of the hosts' gateways. */
  gatewayPort: number;
}

export interface SimulatedHost {
  name: string;
  address: string;
  docker: string;
}

/**
 * Many hosts in one process: each with a Docker Engine on a socket of its own, and an address in 127.0.0.0/8 at which
 * its gateway answers for the containers that it runs.
 */
export class Fleet {
  readonly hosts: SimulatedHost[];
  private readonly engines: Map<string, SimulatedEngine>;
  private readonly options: FleetOptions;
  private readonly servers: Server[] = [];
  /** How often each call was made. */
  readonly calls = new Map<string, number>();

  private constructor(options: FleetOptions) {
    this.options = options;
    this.hosts = Array.from({ length: options.hosts }, (_, number) => ({
      name: `s${number + 1}`,
      address: `127.1.${Math.floor(number / 250)}.${1 + (number % 250)}`,
      docker: `unix://${path.join(options.directory, `s${number + 1}.sock`)}`,
    }));
    this.engines = new Map(
      this.hosts.map(({ name, address }) => [address, new SimulatedEngine(name, options.images)]),
    );
  }

  static async start(options: FleetOptions): Promise<Fleet> {
    const fleet = new Fleet(options);
    await mkdir(options.directory, { recursive: true });
    for (const { address, docker } of fleet.hosts) {
      const engine = fleet.engines.get(address)!;
      const server = createServer((request, response) => void fleet.serve(engine, request, response));
      await fleet.listen(server, docker.replace(/^unix:\/\//, ""));
    }
    const gateway = createServer((request, response) => {
      const [container = ""] = String(request.headers["x-replica"] ?? "").split(":");
      const runs = fleet.engines.get(request.socket.localAddress ?? "")?.runs(container);
      response.writeHead(runs ? 200 : 425, runs ? {} : { "x-gateway": "unresolved" }).end();
    });
    gateway.keepAliveTimeout = 120_000;
    await fleet.listen(gateway, options.gatewayPort);
    return fleet;
  }

  async stop(): Promise<void> {
    for (const server of this.servers) {
      server.closeAllConnections();
      server.close();
    }
    await rm(this.options.directory, { recursive: true, force: true });
  }

  private async listen(server: Server, where: string | number): Promise<void> {
    this.servers.push(server);
    if (typeof where === "string") await rm(where, { force: true });
    if (typeof where === "string") server.listen(where);
    else server.listen(where, "0.0.0.0");
    await once(server, "listening");
  }

  private async serve(
    engine: SimulatedEngine,
    request: IncomingMessage,
    response: ServerResponse,
  ): Promise<void> {
    const method = request.method ?? "GET";
    const url = new URL(request.url ?? "/", "http://engine");
    const route = url.pathname.replace(/^\/v\d+\.\d+/, "");
    const call = `${method} ${route.replace(/(containers|networks|volumes|images)\/(?!json|create)[^/]+/, "$1/*")}`;
    this.calls.set(call, (this.calls.get(call) ?? 0) + 1);
    response
      .setHeader("Api-Version", "1.43")
      .setHeader("Ostype", "linux")
      .setHeader("Docker-Experimental", "false");
    if (route === "/_ping") return void response.end(method === "HEAD" ? undefined : "OK");
    const hasJson =
      /json/.test(request.headers["content-type"] ?? "") && request.headers["content-length"] !== "0";
    const body = hasJson ? await json(request).catch(() => ({})) : request.resume() && {};
    if (method !== "GET" && this.options.latency > 0) await pause(this.options.latency);
    const answer = engine.answer(method, route, url.searchParams, body);
    response.statusCode = answer.status;
    if (answer.body === undefined) return void response.end();
    response.setHeader("Content-Type", "application/json").end(JSON.stringify(answer.body));
  }
}
