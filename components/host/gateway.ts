import * as command from "@pulumi/command";
import * as docker from "@pulumi/docker";
import * as pulumi from "@pulumi/pulumi";
import { registered } from "../registered.ts";
import { stackLabels } from "../stackLabels.ts";
import { gatewayConfig, gatewayListenPort } from "./gatewayConfig.ts";
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
  return registered(
    docker.Container,
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
      // A host that shuts down stops its replicas too: its gateway had better be gone at once than answer for them.
      stopSignal: "SIGTERM",
      labels: stackLabels({ role: "gateway", host: settings.host, daemon: settings.daemon }),
    },
    // It owns the host's port, so the old one has to go first.
    { ...opts, deleteBeforeReplace: true },
  );
}

/**
 * Docker starts a container again that ends otherwise than by its stop signal. One that cannot be told is stopped by the
 * engine in the next moment.
 */
const leave = `(docker update --restart no "$GATEWAY" && docker kill --signal USR1 "$GATEWAY" && docker wait "$GATEWAY") || true`;

/**
 * What comes before the end of a gateway: told to leave, it lets the edges learn of it first, and finishes what it has.
 * It is a resource of its own because the engine deletes it just before the gateway, and only then.
 */
export function gatewayLeave(
  name: string,
  { docker: endpoint, gateway }: { docker: string; gateway: docker.Container },
  opts: pulumi.CustomResourceOptions,
): command.local.Command {
  return registered(
    command.local.Command,
    name,
    {
      delete: leave,
      environment: { DOCKER_HOST: endpoint, GATEWAY: gateway.id },
      triggers: [gateway.id],
      logging: command.local.Logging.Stderr,
    },
    opts,
  );
}
