import { output, Output, type Input } from "@pulumi/pulumi";
import { z } from "zod";
import {
  anyText,
  cpus,
  duration,
  healthCheckPath,
  hostName,
  image,
  labelName,
  labelValue,
  list,
  memory,
  named,
  port,
  routePath,
  section,
  shortName,
  variableName,
  wholeNumber,
} from "./fields.ts";

/**
 * With the name of a host (at most 20), an ordinal (`-1000`) and the engine's suffix (`-1a2b3c4`) it makes a container's
 * name, which is a DNS label of at most 63 characters.
 */
export const serviceName = shortName(29);

const healthCheck = section({
  path: healthCheckPath.default("/"),
  interval: duration.optional(),
  timeout: duration.default("2s"),
});

const route = section({ host: hostName.optional(), path: routePath.default("/") });

const base = {
  replicas: wholeNumber(0, 1000).default(1),
  port: port.default(8080),
  command: list(anyText, "words").optional(),
  resources: section({ memory: memory.optional(), cpus: cpus.optional() }).prefault({}),
  healthCheck: healthCheck.prefault({}),
  routes: list(route, "routes").prefault([{}]),
  placement: section({
    constraints: named(labelName, labelValue, "labels and the values they must have").default({}),
    maxPerHost: wholeNumber(1, 1000).optional(),
  }).prefault({}),
  stopGrace: duration.default("10s"),
  rollout: section({
    pull: duration.default("10m"),
    deadline: duration.default("2m"),
    bake: duration.default("1s"),
    minRequests: wholeNumber(1, 100_000).default(10),
    maxErrorRate: wholeNumber(0, 100).default(5),
    maxLatencyFactor: wholeNumber(2, 1000).default(5),
    drain: duration.default("30s"),
    drainStreams: duration.default("1m"),
  }).prefault({}),
};

/** A service in a stack's configuration. */
export const serviceSchema = section({
  image,
  ...base,
  env: named(variableName, anyText, "environment variables").default({}),
  secretEnv: named(
    variableName,
    z.string("must be the name of a configuration key").min(1, "must be the name of a configuration key"),
    "environment variables and the configuration keys of their values",
  ).default({}),
});

/** The arguments of a replica set. What is not known before the engine runs is not looked at. */
export const replicaSetSchema = section({
  image: orLater(image),
  ...base,
  env: named(variableName, orLater(anyText), "environment variables").default({}),
});

function orLater(text: z.ZodType<string, string>): z.ZodType<Input<string>, Input<string>> {
  return z.unknown().transform((given, context) => {
    if (Output.isInstance(given)) return given;
    if (given instanceof Promise) return output(given);
    const { data, error } = text.safeParse(given);
    for (const { message } of error?.issues ?? [])
      context.issues.push({ code: "custom", message, input: given });
    return data ?? z.NEVER;
  }) as unknown as z.ZodType<Input<string>, Input<string>>;
}
