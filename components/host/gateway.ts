import * as docker from "@pulumi/docker";
import * as pulumi from "@pulumi/pulumi";
import { stackLabels } from "../stackLabels.ts";
import { gatewayConfig, gatewayListenPort, leavesWithinSeconds } from "./gatewayConfig.ts";
import type { HostSettings } from "./host.ts";

const configPath = "/etc/handover/gateway.cfg";

/**
 * The host's gateway: the only container that publishes a port, on the host's private address. It takes requests from
 * the edges, which know its key, and hands each to the replica that the request names.
 */
export function gatewayContainer(
  name: string,
  settings: HostSettings & { network: docker.Network },
  opts: pulumi.CustomResourceOptions,
): docker.Container {
  const subnet = settings.network.ipamConfigs.apply((configs) => configs?.[0]?.subnet ?? "");
  return new docker.Container(
    name,
    {
      image: settings.haproxyImage,
      entrypoints: ["haproxy", "-W", "-db", "-f", configPath],
      uploads: [{ file: configPath, content: gatewayConfig() }],
      envs: [
        pulumi.interpolate`HANDOVER_GATEWAY_KEY=${settings.gatewayKeys.current}`,
        pulumi.interpolate`HANDOVER_FORMER_GATEWAY_KEY=${settings.gatewayKeys.former}`,
        pulumi.interpolate`HANDOVER_SUBNET=${subnet}`,
      ],
      networksAdvanced: [{ name: settings.network.name }],
      ports: [{ internal: gatewayListenPort, external: settings.gatewayPort, ip: settings.address }],
      restart: "unless-stopped",
      logDriver: "local",
      mustRun: false,
      // It leaves softly: the edges learn of it first, and it finishes what it has.
      stopSignal: "SIGUSR1",
      destroyGraceSeconds: leavesWithinSeconds,
      labels: stackLabels({ role: "gateway", host: settings.host, daemon: settings.daemon }),
    },
    // It owns the host's port, so the old one has to go first.
    { ...opts, deleteBeforeReplace: true },
  );
}
