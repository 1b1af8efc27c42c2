import * as pulumi from "@pulumi/pulumi";
import type { GivenConfig } from "./given.ts";
import type { Problem } from "./problems.ts";

/**
 * The values of a service's secret environment variables, as secrets.
 * @param secretEnv the stack's configuration keys, by variable
 */
export function secretEnvironment(secretEnv: Record<string, string>): Record<string, pulumi.Output<string>> {
  const config = new pulumi.Config();
  return Object.fromEntries(
    Object.entries(secretEnv).map(([variable, key]) => [variable, config.requireSecret(key)]),
  );
}

/** What is wrong with the configuration keys that secret environment variables name. */
export function checkSecretEnv(
  services: Record<string, { secretEnv?: Record<string, string> }>,
  { stack, values, secrets }: GivenConfig,
): Problem[] {
  return Object.entries(services).flatMap(([service, { secretEnv = {} }]) =>
    Object.entries(secretEnv).flatMap(([variable, key]): Problem[] => {
      if (secrets.has(key)) return [];
      const wrong = Object.hasOwn(values, key)
        ? `the value of ${key} is not a secret: set it again`
        : `the stack has no configuration key ${key}: set it`;
      const message = `${wrong} with \`pulumi config set --stack ${stack} --secret ${key}\``;
      return [{ path: [service, "secretEnv", variable], message }];
    }),
  );
}
