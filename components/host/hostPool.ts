import * as command from "@pulumi/command";
import * as pulumi from "@pulumi/pulumi";
import { parseHosts, type ParsedHost } from "../config/hosts.ts";
import type { HostArgs } from "../types.ts";
import { daemonIds } from "./daemons.ts";
import { Host } from "./host.ts";

export interface HostPoolArgs {
  /** The hosts by name: lower-case letters, digits and hyphens, at most 20. */
  hosts: Record<string, HostArgs>;
  /**
   * The HAProxy image of the gateways: 2.6 or later.
   * @default "haproxy:3.2"
   */
  haproxyImage?: string;
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
export class HostPool extends pulumi.ComponentResource {
  /** Every host of the pool, the lost ones too. */
  readonly hosts: Record<string, ParsedHost>;
  /** The hosts that are not lost, by name. */
  readonly reachable: ReadonlyMap<string, Host>;
  readonly haproxyImage: string;
  /** The secret that a request must carry to pass a gateway. */
  readonly gatewayKey: pulumi.Output<string>;

  constructor(name: string, args: HostPoolArgs, opts?: pulumi.ComponentResourceOptions) {
    super("handover:index:HostPool", name, args, opts);
    this.hosts = parseHosts(args.hosts);
    this.haproxyImage = args.haproxyImage ?? "haproxy:3.2";

    const reachable = Object.entries(this.hosts).filter(([, host]) => host.state !== "lost");
    // One promise for all hosts: nothing is created anywhere while one of them does not answer.
    const daemons = pulumi.output(
      daemonIds(
        reachable.map(([host, { docker }]) => ({ name: host, docker })),
        pulumi.getStack(),
      ),
    );
    this.gatewayKey = this.createGatewayKey(`${name}-gateway-key`);
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
            gatewayKey: this.gatewayKey,
          },
          { parent: this },
        ),
      ]),
    );
    this.registerOutputs();
  }

  private createGatewayKey(name: string): pulumi.Output<string> {
    const key = new command.local.Command(
      name,
      {
        create: `node -e 'process.stdout.write(require("node:crypto").randomBytes(32).toString("hex"))'`,
        // The key outlives a change of the command above.
        update: `printf %s "$PULUMI_COMMAND_STDOUT"`,
        logging: command.local.Logging.None,
      },
      { parent: this, additionalSecretOutputs: ["stdout"] },
    );
    return pulumi.secret(key.stdout);
  }
}
