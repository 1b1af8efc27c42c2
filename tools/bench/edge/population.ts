import { parseReplicaSet } from "../../../components/config/replicaSet.ts";
import { filesText } from "../../../components/edge/edgeFiles.ts";
import { renderSet, type CommittedServices } from "../../../components/edge/committedSet.ts";
import type { NewServer } from "../../../components/edge/edge.ts";
import { Relay } from "../../../components/edge/relay.ts";
import { RuntimeApi } from "../../../components/edge/runtimeApi.ts";
import { reload } from "../../../components/edge/workers.ts";
import type { BackendDocument, EdgeDocument } from "../../../components/rollout/document.ts";

/** How many services there are on the edge, and how many servers each of them has. */
export interface EdgeSize {
  services: number;
  servers: number;
}

export const serviceName = (number: number) => `s${number}`;

export const hostOf = (service: string) => `${service}.test`;

/** With the defaults of a service's configuration for so many replicas. */
export function backendOf(service: string, replicas: number): BackendDocument {
  const { healthCheck } = parseReplicaSet(service, { image: "acme/web:1", replicas });
  return { routes: [{ host: hostOf(service) }], healthCheck: { ...healthCheck, path: "/healthz" } };
}

/** The servers of a service's release, spread over the hosts' gateways. */
export function serversOf(service: string, release: string, count: number, gateways: string[]): NewServer[] {
  return Array.from({ length: count }, (_, index) => ({
    name: `${service}-h${index % gateways.length}-${release}${index}:8080`,
    address: gateways[index % gateways.length]!,
    healthCheckPath: "/healthz",
  }));
}

/** Writes all services of an edge at once, and not by a rollout of each. Its next reload brings them. */
export async function populate(
  document: EdgeDocument,
  { services, servers }: EdgeSize,
  gateways: string[],
): Promise<void> {
  const names = Array.from({ length: services }, (_, number) => serviceName(number));
  const all: CommittedServices = Object.fromEntries(
    names.map((name) => [
      name,
      { backend: backendOf(name, servers), servers: serversOf(name, "1a2b3c", servers, gateways) },
    ]),
  );
  const relay = new Relay(document);
  try {
    await relay.request("install", filesText(renderSet(all, new Map())));
  } finally {
    await relay.close();
  }
}

/** @returns how long it took until the new worker answered, in milliseconds */
export async function timedReload(document: EdgeDocument): Promise<number> {
  const relay = new Relay(document);
  try {
    const api = new RuntimeApi(relay, document.host);
    const began = performance.now();
    await reload(api, document.host);
    return performance.now() - began;
  } finally {
    await relay.close();
  }
}
