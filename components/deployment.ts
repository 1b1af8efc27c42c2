import * as pulumi from "@pulumi/pulumi";
import { LoadBalancer } from "./edge/loadBalancer.ts";
import { HostPool } from "./host/hostPool.ts";
import { ReplicaSet, type Replica } from "./replicaSet/replicaSet.ts";
import { describeReport } from "./rollout/report.ts";
import type { HostArgs, LoadBalancerConfig, ReplicaSetSettings } from "./types.ts";

export interface DeploymentArgs {
  /** The hosts by name: lower-case letters, digits and hyphens, at most 20. */
  hosts: Record<string, HostArgs>;
  /** The load balancer that clients connect to. */
  loadBalancer: LoadBalancerConfig;
  /** The services by name: lower-case letters, digits and hyphens, at most 29. */
  services: Record<string, ReplicaSetSettings>;
  /**
   * The HAProxy image of edges and gateways: 2.6 or later, based on Debian.
   * @default "haproxy:3.2"
   */
  haproxyImage?: string;
}

/**
 * Hosts, a load balancer and services in one component, for programs in other languages and in YAML: what a HostPool, a
 * LoadBalancer and a ReplicaSet for each service are in TypeScript.
 *
 * @example
 * ```ts
 * const shop = new Deployment("shop", {
 *   hosts: { h1: { address: "10.0.0.11" }, h2: { address: "10.0.0.12" } },
 *   loadBalancer: { hosts: ["h1"] },
 *   services: { web: { image: "acme/web:1.4", replicas: 5 } },
 * });
 * ```
 */
export class Deployment extends pulumi.ComponentResource {
  /** Where clients reach the services, one address for each edge. */
  readonly urls: string[];
  /** Where each replica of each service runs. */
  readonly replicas: Record<string, Replica[]>;
  /** What the last rollout of each service did, and what users saw of it, in words. */
  readonly rollouts: pulumi.Output<Record<string, string>>;

  constructor(name: string, args: DeploymentArgs, opts?: pulumi.ComponentResourceOptions) {
    super("handover:index:Deployment", name, {}, opts);
    const inside = { parent: this };
    const { hosts, haproxyImage } = args;
    const hostPool = new HostPool(`${name}-hosts`, { hosts, haproxyImage }, inside);
    const loadBalancer = new LoadBalancer(`${name}-edge`, { hostPool, ...args.loadBalancer }, inside);
    const services = Object.entries(args.services).map(
      ([service, settings]) =>
        [service, new ReplicaSet(service, { ...settings, hostPool, loadBalancer }, inside)] as const,
    );
    this.urls = loadBalancer.urls;
    this.replicas = Object.fromEntries(services.map(([service, { replicas }]) => [service, replicas]));
    this.rollouts = pulumi.output(
      Object.fromEntries(
        services.map(([service, { report }]) => [
          service,
          report.apply((done) => describeReport(done).join("\n")),
        ]),
      ),
    );
    this.registerOutputs({ urls: this.urls, replicas: this.replicas, rollouts: this.rollouts });
  }
}
