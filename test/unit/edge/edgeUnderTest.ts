import type { Agent } from "node:http";
import { openEdge } from "../../../components/edge/dockerEdge.ts";
import type { Edge, NewServer } from "../../../components/edge/edge.ts";
import type { BackendDocument } from "../../../components/rollout/document.ts";
import { until } from "../../../components/until.ts";
import { EdgeContainer } from "../../support/edgeContainer.ts";
import { GatewayDouble, type ReplicaBehaviour } from "../../support/gatewayDouble.ts";
import { ask, type Answer, type Question } from "./ask.ts";

export const host = (service: string) => `${service}.test`;

/** A service goes by its own host name, and is checked often, so that tests are short. */
export function backendOf(service: string): BackendDocument {
  return {
    routes: [{ host: host(service) }],
    healthCheck: { path: "/healthz", interval: 100, timeout: 1000 },
  };
}

/** What the servers are: their names, and the fields that are asked for. */
export async function see(edge: Edge, ...fields: ("admin" | "health" | "address")[]): Promise<string[]> {
  return (await edge.servers()).map((each) => [each.name, ...fields.map((field) => each[field])].join(" "));
}

/** @throws when it does not come to that */
export async function eventually(what: string, look: () => Promise<boolean>): Promise<void> {
  if (!(await until(look, { within: 5_000, every: 10 }))) throw new Error(`still not so: ${what}`);
}

export async function untilHealthy(edge: Edge, ...names: string[]): Promise<void> {
  await eventually(`${names.join(", ")} healthy`, async () => {
    const healthy = (await edge.servers()).filter(({ health }) => health === "up");
    return names.every((name) => healthy.some((each) => each.name === name));
  });
}

export async function untilBusy(edge: Edge): Promise<void> {
  await eventually("a request is served", async () =>
    (await edge.servers()).some(({ active }) => active > 0),
  );
}

/** A real edge, conversations with it, and a double of the gateway that it sends requests to. */
export class EdgeUnderTest {
  readonly container: EdgeContainer;
  readonly gateway: GatewayDouble;
  private opened: Edge[] = [];

  private constructor(container: EdgeContainer, gateway: GatewayDouble) {
    this.container = container;
    this.gateway = gateway;
  }

  static async start(): Promise<EdgeUnderTest> {
    const container = await EdgeContainer.start();
    return new EdgeUnderTest(container, await new GatewayDouble(container.key).start());
  }

  /** @param owner whose service it is, where that matters */
  async open(service: string, owner?: string): Promise<Edge> {
    const edge = await openEdge(this.container.document, service, owner === undefined ? {} : { owner });
    this.opened.push(edge);
    return edge;
  }

  server(name: string, change: Partial<NewServer> = {}): NewServer {
    return { name, address: this.gateway.address, healthCheckPath: "/healthz", ...change };
  }

  replica(name: string, behaviour: ReplicaBehaviour = {}): void {
    this.gateway.replicas.set(name, behaviour);
  }

  /** Healthy servers that get no traffic. */
  async staged(edge: Edge, service: string, ...names: string[]): Promise<void> {
    for (const name of names) this.replica(name);
    await edge.add(
      backendOf(service),
      names.map((name) => this.server(name)),
    );
    await untilHealthy(edge, ...names);
  }

  /** Servers that take traffic, and are committed. */
  async serving(edge: Edge, service: string, ...names: string[]): Promise<void> {
    await this.staged(edge, service, ...names);
    await edge.shift({ ready: names, drain: [] });
    await edge.commit(
      backendOf(service),
      names.map((name) => this.server(name)),
    );
  }

  ask(question: Question): Promise<Answer> {
    return ask(this.container.url, question);
  }

  get(service: string, agent?: Agent): Promise<Answer> {
    return this.ask({ host: host(service), agent });
  }

  /** Ends all conversations. */
  async close(): Promise<void> {
    await Promise.all(this.opened.map((edge) => edge.close()));
    this.opened = [];
  }

  async remove(): Promise<void> {
    await this.close();
    await this.container.remove();
    this.gateway.stop();
  }
}
