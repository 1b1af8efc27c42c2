import { once } from "node:events";
import { createServer, type IncomingMessage, type ServerResponse } from "node:http";
import type { AddressInfo } from "node:net";

/** How a replica behind the gateway behaves. */
export interface ReplicaBehaviour {
  healthy?: boolean;
  /** How long an answer takes, in milliseconds. */
  takes?: number;
}

/** Stands for a host's gateway and the replicas behind it: it sees what an edge sends, and answers as it is told. */
export class GatewayDouble {
  readonly key: string;
  readonly replicas = new Map<string, ReplicaBehaviour>();
  /** The paths of the checks that each replica has seen. */
  readonly checks = new Map<string, Set<string>>();
  readonly requests: IncomingMessage[] = [];
  private readonly server = createServer((request, response) => void this.answer(request, response));

  constructor(key: string) {
    this.key = key;
    // An edge keeps its connections, and a gateway closes none of them.
    this.server.keepAliveTimeout = 90_000;
  }

  async start(): Promise<this> {
    this.server.listen(0, "127.0.0.1");
    await once(this.server, "listening");
    return this;
  }

  get address(): string {
    return `127.0.0.1:${(this.server.address() as AddressInfo).port}`;
  }

  stop(): void {
    this.server.closeAllConnections();
    this.server.close();
  }

  private async answer(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const name = String(request.headers["x-replica"]);
    const replica = this.replicas.get(name);
    if (request.headers["x-gateway-key"] !== this.key) return void response.writeHead(403).end();
    if (!replica) return void response.writeHead(425, { "x-gateway": "unresolved" }).end();
    if (request.headers["user-agent"] === "handover-check") {
      this.checks.set(name, (this.checks.get(name) ?? new Set()).add(request.url ?? ""));
      return void response.writeHead(replica.healthy === false ? 500 : 200).end();
    }
    this.requests.push(request);
    request.resume();
    if (replica.takes) await new Promise((resolve) => setTimeout(resolve, replica.takes));
    response.writeHead(200, { "x-served-by": name }).end(name);
  }
}
