import type { Input } from "@pulumi/pulumi";
import type { z } from "zod";
import type { PlacementArgs, ReplicaSetSettings, RouteArgs } from "../types.ts";
import { milliseconds } from "./duration.ts";
import { mebibytes } from "./memory.ts";
import { check, problemsOf, refuse } from "./problems.ts";
import { replicaSetSchema, serviceName } from "./service.ts";

/** A replica set's settings with every default filled in, times and sizes as numbers. */
export interface ParsedReplicaSet {
  image: Input<string>;
  env: Record<string, Input<string>>;
  replicas: number;
  port: number;
  command?: string[];
  /** Memory in MiB. */
  resources: { memory?: number; cpus?: number };
  /** Times in milliseconds. */
  healthCheck: { path: string; interval: number; timeout: number };
  routes: (RouteArgs & { path: string })[];
  placement: PlacementArgs & { constraints: Record<string, string> };
  /** In milliseconds. */
  stopGrace: number;
  /** Times in milliseconds. */
  rollout: {
    pull: number;
    deadline: number;
    bake: number;
    minRequests: number;
    /** In percentage points. */
    maxErrorRate: number;
    maxLatencyFactor: number;
    drain: number;
    drainStreams: number;
  };
}

/**
 * Checks a replica set's settings and fills in the defaults. Values that are outputs are passed on as they are.
 * @throws ConfigurationError that names everything that is wrong
 */
export function parseReplicaSet(name: string, settings: ReplicaSetSettings): ParsedReplicaSet {
  const { sound, problems } = check(replicaSetSchema, settings);
  problems.unshift(...problemsOf(serviceName, name));
  refuse(`Replica set ${name}`, problems);
  const parsed = sound as z.output<typeof replicaSetSchema>;
  const { resources, healthCheck, stopGrace, rollout } = parsed;
  return {
    ...parsed,
    resources: {
      ...resources,
      memory: resources.memory === undefined ? undefined : mebibytes(resources.memory),
    },
    healthCheck: {
      path: healthCheck.path,
      interval:
        healthCheck.interval === undefined
          ? defaultCheckInterval(parsed.replicas)
          : milliseconds(healthCheck.interval),
      timeout: milliseconds(healthCheck.timeout),
    },
    stopGrace: milliseconds(stopGrace),
    rollout: {
      ...rollout,
      pull: milliseconds(rollout.pull),
      deadline: milliseconds(rollout.deadline),
      bake: milliseconds(rollout.bake),
      drain: milliseconds(rollout.drain),
      drainStreams: milliseconds(rollout.drainStreams),
    },
  };
}

/** How many checks an edge makes for one service in a second, at the most, where the configuration says nothing. */
const checksPerSecond = 200;

/** In whole seconds: a change of it makes the edges reload, which scaling by a few replicas must not. */
function defaultCheckInterval(replicas: number): number {
  return 1_000 * Math.max(2, Math.ceil(replicas / checksPerSecond));
}
