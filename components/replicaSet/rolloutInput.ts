import type * as docker from "@pulumi/docker";
import * as pulumi from "@pulumi/pulumi";
import type { ParsedReplicaSet } from "../config/replicaSet.ts";
import type { Placement } from "../placement/placement.ts";
import type { EdgeDocument, HostDocument, RolloutDocument } from "../rollout/document.ts";
import { replicaRevision } from "./replica.ts";

/**
 * What the traffic program is told: the wanted state of one service's traffic, as JSON. It stands in the preview, where
 * a change of it shows which servers enter and leave the load balancer.
 */
export function rolloutDocument(
  service: string,
  settings: ParsedReplicaSet,
  replicas: { placement: Placement; container: docker.Container }[],
  { edges, hosts, uses }: { edges: pulumi.Input<EdgeDocument>[]; hosts: HostDocument[]; uses?: string[] },
): pulumi.Output<string> {
  const { deadline, bake, minRequests, maxErrorRate, maxLatencyFactor, drain, drainStreams } =
    settings.rollout;
  const document: { [key in keyof RolloutDocument]: pulumi.Input<unknown> } = {
    project: pulumi.getProject(),
    stack: pulumi.getStack(),
    service,
    edges,
    hosts,
    uses,
    backend: { routes: settings.routes, healthCheck: settings.healthCheck },
    servers: replicas.map(({ placement, container }) => ({
      replica: placement.name,
      container: container.name,
      host: placement.host,
      port: settings.port,
      image: settings.image,
      revision: replicaRevision(settings),
    })),
    deadline,
    bake: { time: bake, minRequests, maxErrorRate, maxLatencyFactor },
    drain,
    drainStreams,
    stopGrace: settings.stopGrace,
  };
  return pulumi.jsonStringify(document);
}
