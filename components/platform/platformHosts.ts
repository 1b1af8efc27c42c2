import * as docker from "@pulumi/docker";
import * as pulumi from "@pulumi/pulumi";
import type * as command from "@pulumi/command";
import type { ParsedHost } from "../config/hosts.ts";
import { hostAnchor } from "../host/anchor.ts";
import { daemonIds } from "../host/daemons.ts";
import { registered } from "../registered.ts";
import type { ReplicaHost, ReplicaHosts } from "../replicaSet/hosts.ts";
import type { HostDocument } from "../rollout/document.ts";
import { together } from "../together.ts";
import type { PlatformDocument } from "./platformDocument.ts";

/** What a service's stack has of a host of the platform: an anchor and a Docker provider of its own. */
class PlatformHost extends pulumi.ComponentResource implements ReplicaHost {
  readonly host: string;
  readonly daemon: pulumi.Output<string>;
  readonly network: { readonly name: string };
  readonly anchor: command.local.Command;
  readonly provider: docker.Provider;

  constructor(
    host: string,
    settings: { docker: string; daemon: Promise<string>; network: string },
    opts: pulumi.ComponentResourceOptions,
  ) {
    super("handover:index:PlatformHost", `platform-${host}`, {}, opts);
    this.host = host;
    this.daemon = pulumi.output(settings.daemon);
    this.network = { name: settings.network };
    const inside = { parent: this };
    this.anchor = hostAnchor(
      `platform-${host}-anchor`,
      { host, docker: settings.docker, daemon: this.daemon },
      inside,
    );
    this.provider = registered(docker.Provider, `platform-${host}`, { host: settings.docker }, inside);
    this.registerOutputs();
  }
}

/**
 * The hosts of a platform, for the replicas of this stack's services. Only those that a replica runs on are called, and
 * have a Docker provider here: a service of ten replicas costs the same on ten hosts and on a hundred.
 */
export class PlatformHosts implements ReplicaHosts {
  readonly areShared = true;
  readonly hosts: Record<string, ParsedHost>;
  /** They are the platform's own stack's, and exist. */
  readonly resources: pulumi.Resource[] = [];
  private readonly stack: string;
  private readonly platform: PlatformDocument;
  private readonly parent: pulumi.Resource;
  private readonly used = new Map<string, PlatformHost>();
  /** One promise for all hosts that are used: nothing is created anywhere while one of them does not answer. */
  private readonly daemon = together((hosts: string[]) => this.daemons(hosts));

  constructor(stack: string, platform: PlatformDocument, parent: pulumi.Resource) {
    this.stack = stack;
    this.platform = platform;
    this.parent = parent;
    this.hosts = platform.hosts;
  }

  use(name: string): ReplicaHost | undefined {
    const host = this.platform.hosts[name];
    if (!host || host.state === "lost") return undefined;
    const present = this.used.get(name);
    if (present) return present;
    const settings = { docker: host.docker, daemon: this.daemon(name), network: host.network ?? "" };
    const used = new PlatformHost(name, settings, { parent: this.parent });
    this.used.set(name, used);
    return used;
  }

  get documents(): HostDocument[] {
    return Object.entries(this.hosts)
      .filter(([, { state }]) => state !== "lost")
      .map(([name, { docker, address, gatewayPort }]) => ({ name, docker, address, gatewayPort }));
  }

  /** @throws RunError when a host does not answer, or is another machine than the one that the platform has set up */
  private async daemons(names: string[]): Promise<string[]> {
    const { hosts } = this.platform;
    const asked = names.map((name) => ({ name, docker: hosts[name]!.docker }));
    const ids = await daemonIds(asked, this.stack, { ofPlatform: true });
    const others = names.filter((name) => ids[name] !== hosts[name]!.daemon);
    if (others.length === 0) return names.map((name) => ids[name]!);
    throw new pulumi.RunError(
      others
        .map(
          (name) =>
            `host ${name}: another Docker Engine answers at ${hosts[name]!.docker} than the one that the platform ${this.stack} has set up; run \`pulumi up --stack ${this.stack}\`, and then this again`,
        )
        .join("\n"),
    );
  }
}
