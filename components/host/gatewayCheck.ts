import { RunError } from "@pulumi/pulumi";
import { DockerError, type DockerHost } from "../docker/docker.ts";
import { haproxyCheck } from "../docker/haproxyCheck.ts";
import { gatewayConfig } from "./gatewayConfig.ts";

const script = `printf %s "$1" >/tmp/gateway.cfg && haproxy -c -f /tmp/gateway.cfg`;

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
  try {
    await haproxyCheck(host, { image, script, config: gatewayConfig(), environment });
  } catch (error) {
    if (!(error instanceof DockerError)) throw error;
    throw new RunError(
      `${error.message}\n  A gateway with the image ${image} would not begin, so no gateway was replaced. ` +
        `Give haproxyImage another one, and run the update again.`,
    );
  }
}
