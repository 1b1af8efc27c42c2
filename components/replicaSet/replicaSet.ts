import * as command from "@pulumi/command";
import * as pulumi from "@pulumi/pulumi";
import { program, programFolder } from "../command.ts";
import { parseReplicaSet, type ParsedReplicaSet } from "../config/replicaSet.ts";
import type { LoadBalancer } from "../edge/loadBalancer.ts";
import type { HostPool } from "../host/hostPool.ts";
import type { PlatformEdges } from "../platform/platform.ts";
import type { PlatformHosts } from "../platform/platformHosts.ts";
import { place, type Placement } from "../placement/placement.ts";
import type { RolloutReport } from "../rollout/report.ts";
import type { ReplicaSetSettings } from "../types.ts";
import type { ReplicaHosts } from "./hosts.ts";
import { sayInPreview } from "./previewWords.ts";
import { replicaContainer } from "./replica.ts";
import { rolloutDocument } from "./rolloutInput.ts";

export interface ReplicaSetArgs extends ReplicaSetSettings {
  /** The hosts that the replicas run on: this stack's, or those of a platform. */
  hostPool: HostPool | PlatformHosts;
  /** The load balancer whose traffic they serve: this stack's, or that of a platform. */
  loadBalancer: LoadBalancer | PlatformEdges;
}

/** One running replica. */
export interface Replica {
  /** Its stable name: service, host and, past the first on a host, ordinal. */
  name: string;
  host: string;
  /** The name of its container, new with every release. */
  container: pulumi.Output<string>;
}

/**
 * A service: a number of equal replicas, spread over the hosts, behind the load balancer. Whatever changes, the new
 * replicas are started next to the old ones; when all of them are healthy the traffic moves in one step; and only then
 * are the old ones removed. If they do not become healthy in time the update fails, and the old ones go on serving.
 *
 * @example
 * ```ts
 * const web = new ReplicaSet("web", { hostPool: pool, loadBalancer, image: "acme/web:1.4", replicas: 5 });
 * ```
 */
export class ReplicaSet extends pulumi.ComponentResource {
  readonly replicas: Replica[];
  /** What the last rollout did, how long it took, and what users saw of it. */
  readonly report: pulumi.Output<RolloutReport>;

  constructor(name: string, args: ReplicaSetArgs, opts?: pulumi.ComponentResourceOptions) {
    const { hostPool, loadBalancer, ...given } = args;
    const settings = parseReplicaSet(name, given);
    const placements = place({
      service: name,
      replicas: settings.replicas,
      hosts: hostPool.hosts,
      ...settings.placement,
    });
    super("handover:index:ReplicaSet", name, described(settings, placements, hostPool), opts);
    const replicas = placements.map((placement) => {
      const host = hostPool.use(placement.host);
      if (!host)
        throw new pulumi.RunError(`${name}: replica ${placement.name} has no host ${placement.host}`);
      const container = replicaContainer(placement.name, { service: name, host, settings }, { parent: this });
      return { placement, host, container };
    });
    this.replicas = replicas.map(({ placement, container }) => ({
      name: placement.name,
      host: placement.host,
      container: container.name,
    }));

    const document = rolloutDocument(name, settings, replicas, {
      edges: loadBalancer.document,
      hosts: hostPool.documents,
      ...(hostPool.areShared && { uses: [...new Set(placements.map(({ host }) => host))] }),
    });
    sayInPreview(`${name}-rollout`, document, this);
    const rollout = new command.local.Command(
      `${name}-rollout`,
      {
        ...programFolder(),
        create: program("rollout"),
        update: program("rollout"),
        delete: program("rollout", "delete"),
        stdin: document,
        logging: command.local.Logging.Stderr,
      },
      {
        parent: this,
        // The engine runs it after the last create and before the first delete.
        dependsOn: [
          ...replicas.map(({ container }) => container),
          ...loadBalancer.resources,
          ...hostPool.resources,
        ],
      },
    );
    this.report = rollout.stdout.apply((report) => JSON.parse(report) as RolloutReport);
    this.registerOutputs({ replicas: this.replicas, report: this.report });
  }
}

/**
 * The service in its own words, for a preview's reader and for policies. A variable whose value is an output, as every
 * secret is, is left out: what is here is stored in plain text.
 */
function described(
  { image, env, resources, healthCheck }: ParsedReplicaSet,
  placements: Placement[],
  { hosts }: ReplicaHosts,
): pulumi.Inputs {
  return {
    image,
    env: Object.fromEntries(Object.entries(env).filter(([, value]) => typeof value === "string")),
    resources,
    healthCheck,
    placements: placements.map(({ name, host }) => ({ replica: name, host, docker: hosts[host]?.docker })),
  };
}
