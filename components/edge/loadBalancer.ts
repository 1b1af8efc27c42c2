import * as command from "@pulumi/command";
import * as docker from "@pulumi/docker";
import * as pulumi from "@pulumi/pulumi";
import { program, programFolder } from "../command.ts";
import { parseLoadBalancer } from "../config/loadBalancer.ts";
import type { Host } from "../host/host.ts";
import type { HostPool } from "../host/hostPool.ts";
import { stackLabels } from "../stackLabels.ts";
import type { EdgeDocument } from "../rollout/document.ts";
import type { LoadBalancerConfig } from "../types.ts";
import { baseConfig } from "./baseConfig.ts";
import type { EdgeCheckDocument } from "./edgeCheck.ts";
import { baseConfigPath, edgeScript, stateDirectory } from "./edgeContainer.ts";

export interface LoadBalancerArgs extends LoadBalancerConfig {
  /** The pool that the edge hosts belong to. */
  hostPool: HostPool;
}

/** An edge: the container that clients connect to, and its host. */
interface RunningEdge {
  host: Host;
  container: docker.Container;
}

/**
 * The load balancer: one HAProxy, an edge, on each of the edge hosts. Several services share it; each request goes to
 * the service whose route it matches.
 *
 * @example
 * ```ts
 * const loadBalancer = new LoadBalancer("edge", { hostPool: pool, hosts: ["h1", "h2"], port: 80 });
 * ```
 */
export class LoadBalancer extends pulumi.ComponentResource {
  /** Where clients reach it, one for each edge: `http://10.0.0.11`. */
  readonly urls: string[];
  private readonly edges: RunningEdge[];

  constructor(name: string, args: LoadBalancerArgs, opts?: pulumi.ComponentResourceOptions) {
    super(
      "handover:index:LoadBalancer",
      name,
      { hosts: args.hosts, port: args.port, statsPort: args.statsPort },
      opts,
    );
    const { hostPool, ...config } = args;
    const { hosts, port, statsPort } = parseLoadBalancer(config, hostPool.hosts);
    this.edges = hosts.flatMap((hostName) => {
      const host = hostPool.reachable.get(hostName);
      return host
        ? [{ host, container: this.edge(`${name}-${hostName}`, host, hostPool, { port, statsPort }) }]
        : [];
    });
    this.urls = this.edges.map(({ host }) => `http://${host.address}${port === 80 ? "" : `:${port}`}`);
    this.registerOutputs({ urls: this.urls });
  }

  /** The edges as the traffic program needs to know them. */
  get document(): pulumi.Input<EdgeDocument>[] {
    return this.edges.map(({ host, container }) =>
      container.name.apply((name) => ({ host: host.host, docker: host.docker, container: name })),
    );
  }

  /** What must exist before traffic can be moved. */
  get resources(): pulumi.Resource[] {
    return this.edges.map(({ container }) => container);
  }

  private edge(
    name: string,
    host: Host,
    hostPool: HostPool,
    ports: { port: number; statsPort: number },
  ): docker.Container {
    const onHost = { parent: this, provider: host.provider, deletedWith: host.anchor };
    const state = new docker.Volume(
      `${name}-state`,
      { labels: stackLabels({ role: "edge-state", host: host.host, daemon: host.daemon }) },
      { ...onHost, dependsOn: host.anchor },
    );
    const config = baseConfig({ ...ports, statsAddress: host.address });
    const document: { [key in keyof EdgeCheckDocument]: pulumi.Input<string> } = {
      host: host.host,
      docker: host.docker,
      image: hostPool.haproxyImage,
      baseConfig: config,
      volume: state.name,
    };
    const check = new command.local.Command(
      `${name}-check`,
      {
        create: program("edge-check"),
        update: program("edge-check"),
        stdin: pulumi.jsonStringify(document),
        ...programFolder(),
        logging: command.local.Logging.Stderr,
      },
      { parent: this, deletedWith: host.anchor },
    );
    return new docker.Container(
      name,
      {
        image: hostPool.haproxyImage,
        entrypoints: ["sh", "-c", edgeScript],
        user: "0",
        networkMode: "host",
        uploads: [{ file: baseConfigPath, content: config }],
        volumes: [{ volumeName: state.name, containerPath: stateDirectory }],
        envs: [pulumi.interpolate`HANDOVER_GATEWAY_KEY=${hostPool.gatewayKeys.current}`],
        restart: "unless-stopped",
        logDriver: "local",
        mustRun: false,
        // An edge that is replaced finishes what it has while the new one, on the same port, takes what comes.
        stopSignal: "SIGUSR1",
        destroyGraceSeconds: 60,
        labels: stackLabels({ role: "edge", host: host.host, daemon: host.daemon }),
      },
      { ...onHost, deleteBeforeReplace: false, dependsOn: hostPool.afterGateways(host.host, check) },
    );
  }
}
