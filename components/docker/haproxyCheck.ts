import { docker, type DockerHost } from "./docker.ts";

/** The image may have to be pulled first. */
const checksWithin = 10 * 60_000;

export interface HaproxyCheck {
  image: string;
  /** A shell script that puts the configuration in place, its only argument, and ends with `haproxy -c`. */
  script: string;
  config: string;
  /** What the configuration takes from the environment. Values do not matter to a check. */
  environment: Record<string, string>;
  /** For `--volume`. */
  volumes?: string[];
}

/**
 * Asks HAProxy on a host, in the image that it is to run in there, whether it would begin with a configuration.
 * @throws DockerError with its own words when it would not, or when there is no such image
 */
export async function haproxyCheck(
  host: DockerHost,
  { image, script, config, environment, volumes = [] }: HaproxyCheck,
): Promise<void> {
  const options = [
    ...volumes.flatMap((volume) => ["--volume", volume]),
    ...Object.entries(environment).flatMap(([name, value]) => ["--env", `${name}=${value}`]),
  ];
  const run = ["run", "--rm", "--network", "none", "--user", "0", ...options, "--entrypoint", "sh", image];
  await docker(host, [...run, "-c", script, "check", config], { within: checksWithin });
}
