import { RunError } from "@pulumi/pulumi";
import { docker, DockerError, type DockerHost } from "../docker/docker.ts";
import { gatewayConfig } from "./gatewayConfig.ts";

/** The image may have to be pulled first. */
const checksWithin = 10 * 60_000;

/** What the values are does not matter to a check. */
const environment = {
  HANDOVER_GATEWAY_KEY: "checked",
  HANDOVER_FORMER_GATEWAY_KEY: "checked",
  HANDOVER_SUBNET: "192.0.2.0/24",
};

/**
 * Asks HAProxy on a host, in the image that its gateway is to have, whether it would begin with a gateway's configuration.
 * @throws RunError with its own words when it would not, or when there is no such image
 */
export async function checkGateway(host: DockerHost, image: string): Promise<void> {
  const variables = Object.entries(environment).flatMap(([name, value]) => ["--env", `${name}=${value}`]);
  const check = `printf %s "$1" >/tmp/gateway.cfg && haproxy -c -f /tmp/gateway.cfg`;
  const run = ["run", "--rm", "--network", "none", "--user", "0", ...variables, "--entrypoint", "sh", image];
  try {
    await docker(host, [...run, "-c", check, "check", gatewayConfig()], { within: checksWithin });
  } catch (error) {
    if (!(error instanceof DockerError)) throw error;
    throw new RunError(
      `${error.message}\n  A gateway with the image ${image} would not begin, so no gateway was replaced. ` +
        `Give haproxyImage another one, and run the update again.`,
    );
  }
}
