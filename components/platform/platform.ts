import * as pulumi from "@pulumi/pulumi";
import type { EdgeDocument } from "../rollout/document.ts";
import { platformOutput, readPlatform, type PlatformDocument } from "./platformDocument.ts";
import { PlatformHosts } from "./platformHosts.ts";

/** The edges of a platform. */
export interface PlatformEdges {
  /** Where clients reach them, one for each edge: `http://10.0.0.11`. */
  readonly urls: string[];
  /** The edges as the traffic program needs to know them. */
  readonly document: EdgeDocument[];
  /** They are the platform's own stack's, and exist. */
  readonly resources: pulumi.Resource[];
}

/**
 * The hosts and edges of another stack, the platform, for the services of this one. A release of a service touches its
 * own stack only, whatever else runs on the same hosts.
 *
 * @example
 * ```ts
 * const { hostPool, loadBalancer } = await Platform.of("platform-prod");
 * const web = new ReplicaSet("web", { hostPool, loadBalancer, image: "acme/web:1.4", replicas: 5 });
 * ```
 */
export class Platform extends pulumi.ComponentResource {
  /** The platform's hosts, for a ReplicaSet. */
  readonly hostPool: PlatformHosts;
  /** The platform's edges, for a ReplicaSet. */
  readonly loadBalancer: PlatformEdges;

  private constructor(
    stack: string,
    { document, opts }: { document: PlatformDocument; opts?: pulumi.ComponentResourceOptions },
  ) {
    super("handover:index:Platform", "platform", { stack }, opts);
    this.hostPool = new PlatformHosts(stack, document, this);
    this.loadBalancer = {
      urls: document.urls,
      document: document.edges.map((edge) => ({ ...edge, platform: stack })),
      resources: [],
    };
    this.registerOutputs({ urls: document.urls });
  }

  /**
   * Reads what the platform's stack exports as `platform`.
   * @param stack the platform's stack: `<name>` for one of the same project, or `<organization>/<project>/<name>`
   * @throws RunError when the stack exports nothing of the kind
   */
  static async of(stack: string, opts?: pulumi.ComponentResourceOptions): Promise<Platform> {
    const reference = new pulumi.StackReference(qualified(stack));
    const { value } = await reference.getOutputDetails(platformOutput);
    return new Platform(stack, { document: readPlatform(stack, value), opts });
  }
}

function qualified(stack: string): string {
  return stack.includes("/") ? stack : `${pulumi.getOrganization()}/${pulumi.getProject()}/${stack}`;
}
