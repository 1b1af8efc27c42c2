import * as pulumi from "@pulumi/pulumi";
import { z } from "zod";
import type { LoadBalancer } from "../edge/loadBalancer.ts";
import type { HostPool } from "../host/hostPool.ts";
import { HostState } from "../types.ts";

/** The stack output of a platform stack that its services' stacks read. */
export const platformOutput = "platform";

const schema = z.object({
  format: z.literal(1),
  hosts: z.record(
    z.string(),
    z.object({
      address: z.string(),
      docker: z.string(),
      gatewayPort: z.number(),
      labels: z.record(z.string(), z.string()),
      state: z.enum(HostState),
      /** The id of its Docker Engine; of a lost host nothing is known. */
      daemon: z.string().optional(),
      /** The bridge network of its gateway. */
      network: z.string().optional(),
    }),
  ),
  edges: z.array(z.object({ host: z.string(), docker: z.string(), container: z.string() })),
  urls: z.array(z.string()),
});

/** What a platform stack tells the stacks whose services run on it. There is no secret in it. */
export type PlatformDocument = z.infer<typeof schema>;

/**
 * What the stack of the hosts and edges exports, as `platform`, for the stacks of its services.
 *
 * @example
 * ```ts
 * export const platform = platformDocument(hostPool, loadBalancer);
 * ```
 */
export function platformDocument(
  hostPool: HostPool,
  loadBalancer: LoadBalancer,
): pulumi.Output<PlatformDocument> {
  const hosts = Object.fromEntries(
    Object.entries(hostPool.hosts).map(([name, host]) => {
      const reached = hostPool.reachable.get(name);
      return [name, { ...host, daemon: reached?.daemon, network: reached?.network.name }];
    }),
  );
  return pulumi.output({
    format: 1 as const,
    hosts,
    edges: loadBalancer.document,
    urls: loadBalancer.urls,
  }) as pulumi.Output<PlatformDocument>;
}

/** @throws RunError when it is not what this version of Handover exports */
export function readPlatform(stack: string, exported: unknown): PlatformDocument {
  if (exported === undefined || exported === null) {
    throw new pulumi.RunError(
      `platform ${stack}: the stack has no output ${platformOutput}. Set the key platform to its own name in its configuration, run \`pulumi up --stack ${stack}\`, and then this again`,
    );
  }
  const read = schema.safeParse(exported);
  if (read.success) return read.data;
  throw new pulumi.RunError(
    `platform ${stack}: its output ${platformOutput} has a form that this version does not know. Run \`pulumi up --stack ${stack}\` with the same version of Handover as here`,
  );
}
