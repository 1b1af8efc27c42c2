import type { ServiceConfig } from "../../components/types.ts";

/** The image of a version of the example application: `v1`, `v2`, `v3`, or `broken`, which never becomes healthy. */
export function example(version: string): string {
  return `handover-example:${version}`;
}

/** The service that the acceptance tests deploy: five replicas with a second of warm-up, unless given otherwise. */
export function webService(version: string, service: Partial<ServiceConfig> = {}): ServiceConfig {
  return {
    image: example(version),
    replicas: 5,
    port: 8080,
    env: { WARMUP: "1s" },
    healthCheck: { path: "/healthz", interval: "1s" },
    stopGrace: "10s",
    rollout: { deadline: "60s", drain: "15s" },
    ...service,
  };
}
