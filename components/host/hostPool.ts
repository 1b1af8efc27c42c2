import * as pulumi from "@pulumi/pulumi";
import { parseHosts, type ParsedHost } from "../config/hosts.ts";
import type { ReplicaHosts } from "../replicaSet/hosts.ts";
import type { HostDocument } from "../rollout/document.ts";
import type { HostArgs } from "../types.ts";
import { daemonIds } from "./daemons.ts";
import { gatewayKeys, type GatewayKeys } from "./gatewayKeys.ts";
import { GatewayQueue } from "./gatewayQueue.ts";
import { Host } from "./host.ts";
import { running } from "./running.ts";

export interface HostPoolArgs {
  /** The hosts by name: lower-case letters, digits and hyphens, at most 20. */
  hosts: Record<string, HostArgs>;
  /**
   * The HAProxy image of the gateways: 2.6 or later.
   * @default "haproxy:3.2"
   */
  haproxyImage?: string;
  /**
   * Another number than before makes a new key for the gateways. They go on to accept the one before it, until the next
   * new one.
   * @default 1
   */
  gatewayKeyVersion?: number;
}

/**
 * The machines that replicas run on. Each gets a bridge network and a gateway; a host that is marked lost gets nothing
 * and is not called.
 *
 * @example
 * ```ts
 * const pool = new HostPool("hosts", {
 *   hosts: { h1: { address: "10.0.0.11" }, h2: { address: "10.0.0.12" } },
 * });
 * ```
 */
export class HostPool extends pulumi.ComponentResource implements ReplicaHosts {
  /** Every host of the pool, the lost ones too. */
  readonly hosts: Record<string, ParsedHost>;
  /** The hosts that are not lost, by name. */
  readonly reachable: ReadonlyMap<string, Host>;
  readonly haproxyImage: string;
  /** The secrets of which a request must carry one to pass a gateway. */
  readonly gatewayKeys: GatewayKeys;
  private readonly queue: GatewayQueue | undefined;

  constructor(name: string, args: HostPoolArgs, opts?: pulumi.ComponentResourceOptions) {
    super("handover:index:HostPool", name, args, opts);
    this.hosts = parseHosts(args.hosts);
    this.haproxyImage = args.haproxyImage ?? "haproxy:3.2";

    const reachable = Object.entries(this.hosts).filter(([, host]) => host.state !== "lost");
    const called = reachable.map(([host, { docker }]) => ({ name: host, docker }));
    // One promise for all hosts: nothing is created anywhere while one of them does not answer.
    const answered = daemonIds(called, pulumi.getStack());
    const daemons = pulumi.output(answered);
    if (!pulumi.runtime.isDryRun()) {
      const look = () => running(called, pulumi.getProject(), pulumi.getStack());
      const before = look();
      // Of hosts that do not answer the update has heard enough by the line above.
      const asked = answered.then(
        () => before,
        () => ({ gateways: new Map(), edges: [] }),
      );
      before.catch(() => {});
      this.queue = new GatewayQueue(asked, look, called, this.haproxyImage);
    }
    this.gatewayKeys = gatewayKeys(`${name}-gateway-key`, args.gatewayKeyVersion ?? 1, { parent: this });
    this.reachable = new Map(
      reachable.map(([host, settings]) => [
        host,
        new Host(
          `${name}-${host}`,
          {
            host,
            address: settings.address,
            docker: settings.docker,
            gatewayPort: settings.gatewayPort,
            daemon: daemons.apply((ids) => ids[host] ?? ""),
            haproxyImage: this.haproxyImage,
            gatewayKeys: this.gatewayKeys,
            queue: this.queue,
          },
          { parent: this },
        ),
      ]),
    );
    this.registerOutputs();
  }

  get areShared(): boolean {
    return false;
  }

  use(host: string): Host | undefined {
    return this.reachable.get(host);
  }

  get documents(): HostDocument[] {
    return [...this.reachable.values()].map(({ document }) => document);
  }

  get resources(): pulumi.Resource[] {
    return [...this.reachable.values()].map(({ gateway }) => gateway);
  }

  /** For the `dependsOn` of an edge on this host: one that runs already is replaced after the gateways. */
  async afterGateways(host: string, ...resources: pulumi.Resource[]): Promise<pulumi.Resource[]> {
    return this.queue?.passed(host, resources) ?? resources;
  }
}
