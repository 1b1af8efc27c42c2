import * as command from "@pulumi/command";
import * as docker from "@pulumi/docker";
import * as pulumi from "@pulumi/pulumi";
import { labelFilters } from "../docker/docker.ts";
import { label } from "../labels.ts";
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
      // By its run.
      start: false,
      // A host that shuts down stops its replicas too: its gateway had better be gone at once than answer for them.
      stopSignal: "SIGTERM",
      labels: stackLabels({ role: "gateway", host: settings.host, daemon: settings.daemon }),
    },
    // It owns the host's port, so the old one has to go first.
    { ...opts, deleteBeforeReplace: true },
  );
}

/** A gateway that leaves takes three seconds and what its requests take, at most thirty; one that does not is not waited for. */
const leavesWithinSeconds = 40;

/**
 * Docker starts a container again that ends otherwise than by its stop signal. One that cannot be told is stopped in the
 * next moment.
 */
const leave = `leave() {
  docker update --restart no "$1" && docker kill --signal USR1 "$1" || return 0
  docker wait "$1" & WAITING=$!
  (sleep ${leavesWithinSeconds}; kill $WAITING) >/dev/null 2>&1 & LIMIT=$!
  wait $WAITING; kill $LIMIT
  return 0
}`;

/** A run that is killed in the moment in which a gateway is created leaves one that no state knows. */
const start = `${leave}
for LEFT in $(docker ps --all --quiet --no-trunc $FILTERS); do
  [ "$LEFT" = "$GATEWAY" ] || { leave "$LEFT"; docker rm --force "$LEFT"; }
done
docker start "$GATEWAY"`;

/**
 * What a gateway's container does: it is started, when no other gateway of the host is there any more, and told to leave
 * before its end, so that it lets the edges learn of it first, and finishes what it has. This is a resource of its own
 * because the engine creates it just behind the gateway's container and deletes it just before, and only then.
 */
export function gatewayRun(
  name: string,
  { host, docker: endpoint, gateway }: { host: string; docker: string; gateway: docker.Container },
  opts: pulumi.CustomResourceOptions,
): command.local.Command {
  const labels = {
    [label.project]: pulumi.getProject(),
    [label.stack]: pulumi.getStack(),
    [label.host]: host,
    [label.role]: "gateway",
  };
  return registered(
    command.local.Command,
    name,
    {
      create: start,
      // Only another container is another run.
      update: "true",
      delete: `${leave}\nleave "$GATEWAY"`,
      environment: {
        DOCKER_HOST: endpoint,
        FILTERS: labelFilters(labels).join(" "),
        GATEWAY: gateway.id,
      },
      triggers: [gateway.id],
      logging: command.local.Logging.Stderr,
    },
    opts,
  );
}
