import type * as command from "@pulumi/command";
import * as docker from "@pulumi/docker";
import * as pulumi from "@pulumi/pulumi";
import { registered } from "../registered.ts";
import type { ReplicaHost } from "../replicaSet/hosts.ts";
import { stackLabels } from "../stackLabels.ts";
import type { HostDocument } from "../rollout/document.ts";
import { hostAnchor } from "./anchor.ts";
import { gatewayContainer, gatewayRun } from "./gateway.ts";
import type { GatewayKeys } from "./gatewayKeys.ts";
import type { GatewayQueue } from "./gatewayQueue.ts";

export interface HostSettings {
  /** The host's name in its pool. */
  host: string;
  address: string;
  docker: string;
  gatewayPort: number;
  /** The id of its Docker Engine. */
  daemon: pulumi.Input<string>;
  haproxyImage: string;
  gatewayKeys: GatewayKeys;
  /** Where its gateway waits for its turn to change; none in a preview, where nothing happens. */
  queue: GatewayQueue | undefined;
}

/** A host that answers: its anchor, its Docker provider, its bridge network and its gateway. */
export class Host extends pulumi.ComponentResource implements ReplicaHost {
  readonly host: string;
  readonly address: string;
  readonly gatewayPort: number;
  readonly docker: string;
  readonly daemon: pulumi.Output<string>;
  readonly anchor: command.local.Command;
  readonly provider: docker.Provider;
  readonly network: docker.Network;
  readonly gateway: docker.Container;

  constructor(name: string, settings: HostSettings, opts?: pulumi.ComponentResourceOptions) {
    super("handover:index:Host", name, {}, opts);
    this.host = settings.host;
    this.address = settings.address;
    this.gatewayPort = settings.gatewayPort;
    this.docker = settings.docker;
    this.daemon = pulumi.output(settings.daemon);

    this.anchor = hostAnchor(`${name}-anchor`, this, { parent: this });
    this.provider = registered(docker.Provider, name, { host: this.docker }, { parent: this });
    const onThisHost = { parent: this, provider: this.provider, deletedWith: this.anchor };
    this.network = registered(
      docker.Network,
      `${name}-network`,
      { driver: "bridge", labels: stackLabels({ role: "network", host: this.host, daemon: this.daemon }) },
      { ...onThisHost, dependsOn: this.anchor },
    );
    const turn = settings.queue?.join(this.document);
    this.gateway = gatewayContainer(
      `${name}-gateway`,
      { ...settings, network: this.network },
      { ...onThisHost, dependsOn: turn?.comes },
    );
    const run = gatewayRun(
      `${name}-gateway-run`,
      { host: this.host, docker: this.docker, gateway: this.gateway },
      { parent: this, deletedWith: this.anchor },
    );
    turn?.ends(pulumi.all([this.gateway.id, run.id]).apply(([id]) => id));
    this.registerOutputs();
  }

  /** The host as the traffic program needs to know it. */
  get document(): HostDocument {
    return { name: this.host, docker: this.docker, address: this.address, gatewayPort: this.gatewayPort };
  }
}
