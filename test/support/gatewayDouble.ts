import { once } from "node:events";
import { createServer, type IncomingHttpHeaders, type IncomingMessage, type ServerResponse } from "node:http";
import type { AddressInfo } from "node:net";
import { text } from "node:stream/consumers";

/** How a replica behind the gateway behaves. */
export interface ReplicaBehaviour {
  healthy?: boolean;
  /** How long an answer takes, in milliseconds. */
  takes?: number;
  /** It closes the connection without an answer, or the gateway says that it does not find it. */
  fails?: "cut" | "unresolved";
}

/** A request as it has arrived at the gateway. */
export interface Arrived {
  method: string;
  url: string;
  headers: IncomingHttpHeaders;
  /** Names and values in turn, as they came. */
  rawHeaders: string[];
  body: string;
}

/** Stands for a host's gateway and the replicas behind it: it sees what an edge sends, and answers as it is told. */
export class GatewayDouble {
  readonly key: string;
  readonly replicas = new Map<string, ReplicaBehaviour>();
  /** The paths of the checks that each replica has seen. */
  readonly checks = new Map<string, Set<string>>();
  requests: Arrived[] = [];
  private readonly server = createServer((request, response) => {
    // An edge that goes away in the middle of a request is no error of the gateway's.
    this.answer(request, response).catch(() => response.destroy());
  });

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

  /** What has arrived at this path. */
  at(path: string): Arrived[] {
    return this.requests.filter(({ url }) => url === path);
  }

  /** Takes no more connections, and finishes what it has. */
  leave(): void {
    this.server.close();
  }

  stop(): void {
    this.server.closeAllConnections();
    this.server.close();
  }

  private async answer(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const name = String(request.headers["x-replica"]);
    const replica = this.replicas.get(name);
    const { method = "", url = "", headers, rawHeaders } = request;
    if (headers["x-gateway-key"] !== this.key)
      return void response.writeHead(403, { "x-gateway": "key" }).end();
    if (!replica) return void response.writeHead(425, { "x-gateway": "unresolved" }).end();
    if (headers["user-agent"] === "handover-check") {
      this.checks.set(name, (this.checks.get(name) ?? new Set()).add(url));
      return void response.writeHead(replica.healthy === false ? 500 : 200).end();
    }
    this.requests.push({ method, url, headers, rawHeaders, body: await text(request) });
    if (replica.fails === "cut") return void response.destroy();
    if (replica.fails) return void response.writeHead(425, { "x-gateway": replica.fails }).end();
    if (replica.takes) await new Promise((resolve) => setTimeout(resolve, replica.takes));
    response.writeHead(200, { "x-served-by": name }).end(name);
  }
}
