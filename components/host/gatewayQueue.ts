import * as pulumi from "@pulumi/pulumi";
import type { DockerHost } from "../docker/docker.ts";
import { gatewayAddress, type ServerStatus } from "../edge/edge.ts";
import { HostServers } from "../edge/hostServers.ts";
import { gatewayIsOut } from "../edge/status.ts";
import type { EdgeDocument, HostDocument } from "../rollout/document.ts";
import { until } from "../until.ts";
import { checkGateway } from "./gatewayCheck.ts";
import type { Running } from "./running.ts";

/** How long the edges may take until they see the replicas behind a new gateway. */
const returnsWithin = 60_000;

/** A gateway's place in the queue. */
export interface Turn {
  /** For its `dependsOn`: when it comes, every gateway before it is back in the edges, or has not changed. */
  comes: Promise<pulumi.Resource[]>;
  /** Says what the gateway's container is now, and with that lets the next one come when the edges see it. */
  ends(id: pulumi.Output<string>): void;
}

/**
 * The gateways of a pool change one after the other, so that the replicas on the other hosts serve in the meantime. A
 * host whose gateway does not run waits for nobody, and nobody waits for it: the first deployment makes all of them at
 * once. This is no dependency between the resources: it concerns changes, and neither creations nor the end of the stack.
 */
export class GatewayQueue {
  private readonly running: Promise<Running>;
  private readonly look: () => Promise<Running>;
  /** When everything that runs has had its turn. */
  private last: Promise<void>;

  /**
   * @param before what runs when the update begins
   * @param look asks what runs now
   * @param image what the gateways are to run; where that is another one, it is checked before any of them changes
   */
  constructor(before: Promise<Running>, look: () => Promise<Running>, hosts: DockerHost[], image: string) {
    this.running = before;
    this.look = look;
    this.last = before.then(async ({ gateways }) => {
      const other = hosts.filter(({ name }) => gateways.has(name) && gateways.get(name)?.image !== image);
      await Promise.all(other.map((host) => checkGateway(host, image)));
    });
  }

  join(host: HostDocument): Turn {
    const before = this.running.then(({ gateways }) => gateways.get(host.name));
    const earlier = this.last;
    const { promise: over, resolve: end } = Promise.withResolvers<void>();
    this.last = before.then((gateway) => (gateway ? earlier.then(() => over) : earlier));
    // Whoever waits for it reports it.
    this.last.catch(() => {});
    return {
      comes: before.then(async (gateway) => {
        if (gateway) await earlier;
        return [];
      }),
      ends: (id) =>
        id.apply(async (now) => {
          const gateway = await before;
          if (gateway && gateway.id !== now) await back(host, await this.edges());
          end();
        }),
    };
  }

  /** The edges that serve since before the update. A host that came back was cleared of its old one in the meantime. */
  private async edges(): Promise<EdgeDocument[]> {
    const [before, now] = await Promise.all([this.running, this.look()]);
    const left = new Set(now.edges.map(({ container }) => container));
    return before.edges.filter(({ container }) => left.has(container));
  }

  /**
   * For the `dependsOn` of an edge, and what else that has to wait for: an edge that runs is replaced when all gateways
   * know the new key.
   */
  async passed(host: string, resources: pulumi.Resource[]): Promise<pulumi.Resource[]> {
    const { edges } = await this.running;
    if (edges.some((edge) => edge.host === host)) await this.last;
    return resources;
  }
}

/** Waits until the edges reach a host's replicas through its new gateway. */
async function back(host: HostDocument, edges: EdgeDocument[]): Promise<void> {
  const servers = new HostServers(edges, gatewayAddress(host));
  try {
    let out: ServerStatus[] = [];
    const isBack = async () => {
      // What is out of service is not checked.
      const checked = (await servers.look()).filter(({ admin }) => admin !== "maint");
      out = checked.filter(({ health, lastCheck }) =>
        // A replica that is not well itself has been reached.
        health === "down" ? gatewayIsOut(lastCheck) : health !== "up",
      );
      return out.length === 0;
    };
    if (await until(isBack, { within: returnsWithin, every: 100 })) return;
    const reasons = [...new Set(out.map(({ name, lastCheck }) => `${name}: ${lastCheck}`))];
    throw new pulumi.RunError(
      `host ${host.name}: its new gateway does not lead to its replicas within ${returnsWithin / 1000} s; the other ` +
        `hosts serve, with the gateways that they had. Mend the cause, or take the change back, and run the update again:\n  ${reasons.join("\n  ")}`,
    );
  } finally {
    await servers.close();
  }
}
