import { z } from "zod";
import { baseFile, inBase, withBase } from "./baseFile.ts";
import { image, stackName, wholeNumber } from "./fields.ts";
import { givenConfig, type GivenConfig } from "./given.ts";
import { checkHosts, type ParsedHost } from "./hosts.ts";
import { keys, type Key } from "./keys.ts";
import { checkLoadBalancer, type ParsedLoadBalancer } from "./loadBalancer.ts";
import { ConfigurationError, problemsOf, valueAt, type Problem } from "./problems.ts";
import { checkSecretEnv } from "./secretEnv.ts";
import { checkServices, type ParsedService, type SoundServices } from "./services.ts";
import { suggestion } from "./suggestion.ts";

export { secretEnvironment } from "./secretEnv.ts";

/** A stack's configuration with every default filled in, in the form that the components take. */
export interface ParsedStackConfig {
  /** The stack whose hosts and edges the services use; this one's own name makes it such a stack for others. */
  platform?: string;
  /** None where they are another stack's. */
  hosts: Record<string, ParsedHost>;
  loadBalancer: ParsedLoadBalancer;
  services: Record<string, ParsedService>;
  haproxyImage: string;
  gatewayKeyVersion: number;
}

const platform = stackName.optional();
const haproxyImage = image.default("haproxy:3.2");
const gatewayKeyVersion = z.preprocess(
  // Every value that is no mapping arrives as text.
  (given) => (typeof given === "string" && /^\d+$/.test(given) ? Number(given) : given),
  wholeNumber(1, 1_000_000).default(1),
);

/**
 * Reads the configuration of the stack that the program runs for.
 * @throws ConfigurationError that names everything that is wrong with it; nothing has been registered by then
 */
export function loadStackConfig(): ParsedStackConfig {
  return parseStackConfig(givenConfig());
}

/** @throws ConfigurationError that names everything that is wrong */
export function parseStackConfig(given: GivenConfig): ParsedStackConfig {
  // What may be a secret is not looked at: errors show what was given.
  const own = Object.fromEntries(
    keys.map((key) => [key, given.secrets.has(key) ? undefined : structured(given.values[key])]),
  );
  const platformGiven = withBase(own.platform, given.base, "platform");
  const elsewhere = platformElsewhere(platformGiven, given.stack);
  const [hostsGiven, loadBalancerGiven, haproxyImageGiven, keyVersionGiven] = platformKeys.map((key) =>
    elsewhere === undefined ? withBase(own[key], given.base, key) : undefined,
  );
  const hosts = elsewhere === undefined ? checkHosts(hostsGiven) : { sound: {}, problems: [] };
  const loadBalancer =
    elsewhere === undefined
      ? checkLoadBalancer(loadBalancerGiven, hosts.sound)
      : { sound: { hosts: [], port: 80, statsPort: 8404 }, problems: [] };
  const services = checkServices(withBase(own.services, given.base, "services"), hosts.sound);
  const problemsIn: Record<Key, Problem[]> = {
    platform: problemsOf(platform, platformGiven),
    hosts: hosts.problems,
    loadBalancer: loadBalancer.problems,
    services: [...services.problems, ...checkSecretEnv(services.sound, given)],
    haproxyImage: problemsOf(haproxyImage, haproxyImageGiven),
    gatewayKeyVersion: problemsOf(gatewayKeyVersion, keyVersionGiven),
  };
  if (elsewhere !== undefined) {
    // What all stacks share may have it: it is the platform's, then.
    for (const key of platformKeys.filter((each) => isGiven(own[each]))) {
      const message = `belongs into the configuration of the platform, stack ${elsewhere}; take it out here, or take out platform`;
      problemsIn[key].push({ path: [], message });
    }
  }

  const problems = [
    ...(given.base?.problems ?? []),
    ...keys
      .flatMap((key) =>
        given.secrets.has(key) ? [secretInside(key, given.stack)] : under(key, problemsIn[key]),
      )
      .map((problem) => located(problem, own, given.base?.values)),
    ...unknownKeys(given, services.sound),
  ];
  if (problems.length > 0) {
    throw new ConfigurationError(
      `Pulumi.${given.stack}.yaml${given.base ? ` over ${baseFile}` : ""} (stack ${given.stack})`,
      problems,
      `Edit the ${given.base ? "files" : "file"}, or use \`pulumi config set --stack ${given.stack} --path <key> <value>\`, and run it again.`,
    );
  }
  return {
    ...(platformGiven !== undefined && { platform: platformGiven }),
    hosts: hosts.sound,
    loadBalancer: loadBalancer.sound,
    services: services.sound,
    haproxyImage: haproxyImage.parse(haproxyImageGiven),
    gatewayKeyVersion: gatewayKeyVersion.parse(keyVersionGiven),
  } as ParsedStackConfig;
}

/** The stack that has the hosts and edges, if that is another one. */
export function platformElsewhere(platform: unknown, stack: string): string | undefined {
  if (typeof platform !== "string") return undefined;
  return platform === stack.split("/").at(-1) ? undefined : platform;
}

/** What only the stack of the hosts and edges has. */
const platformKeys = ["hosts", "loadBalancer", "haproxyImage", "gatewayKeyVersion"] as const satisfies Key[];

/** Pulumi.yaml's defaults stand for nothing. */
function isGiven(value: unknown): boolean {
  return typeof value === "object" && value !== null ? Object.keys(value).length > 0 : value !== undefined;
}

/** Says it where the value stands in the base file, and the stack's own says nothing of it. */
function located(problem: Problem, own: object, base: object | undefined): Problem {
  const isFromBase = valueAt(own, problem.path) === undefined && valueAt(base, problem.path) !== undefined;
  return isFromBase ? { ...problem, message: `${problem.message}${inBase}` } : problem;
}

function structured(value: string | undefined): unknown {
  // A default of Pulumi.yaml's that stands for nothing.
  if (!value) return undefined;
  try {
    const parsed: unknown = JSON.parse(value);
    return typeof parsed === "object" ? parsed : value;
  } catch {
    return value;
  }
}

function under(key: Key, problems: Problem[]): Problem[] {
  return problems.map(({ path, message }) => ({ path: [key, ...path], message }));
}

function secretInside(key: Key, stack: string): Problem {
  const advice =
    key === "services"
      ? `give the secret a key of its own with \`pulumi config set --stack ${stack} --secret <key>\`, and name that key in secretEnv of its service`
      : "set it again without --secret";
  return { path: [key], message: `has a secret inside, where it cannot stay one; ${advice}` };
}

/** A secret may wait to be used; anything else that nobody reads is a slip. */
function unknownKeys({ values, secrets }: GivenConfig, services: SoundServices): Problem[] {
  const used = new Set<string>([
    ...keys,
    ...Object.values(services).flatMap(({ secretEnv = {} }) => Object.values(secretEnv)),
  ]);
  return Object.keys(values)
    .filter((key) => !used.has(key) && !secrets.has(key))
    .map((key) => ({ path: [key], message: `unknown key; ${suggestion(key, keys)}` }));
}
