import * as docker from "@pulumi/docker";
import * as pulumi from "@pulumi/pulumi";
import type { ParsedReplicaSet } from "../config/replicaSet.ts";
import { registered } from "../registered.ts";
import { stackLabels } from "../stackLabels.ts";
import type { ReplicaHost } from "./hosts.ts";
import { revisionOf } from "./revision.ts";

export interface ReplicaArgs {
  service: string;
  host: ReplicaHost;
  settings: ParsedReplicaSet;
}

/**
 * The container of one replica. It owns nothing exclusive (no published port, no fixed name), so that old and new fit
 * side by side on one host.
 */
export function replicaContainer(
  name: string,
  { service, host, settings }: ReplicaArgs,
  opts: pulumi.CustomResourceOptions,
): docker.Container {
  const { memory, cpus } = settings.resources;
  const stopGrace = Math.ceil(settings.stopGrace / 1000);
  const env: Record<string, pulumi.Input<string>> = {
    PORT: String(settings.port),
    HANDOVER_HOST: host.host,
    ...settings.env,
  };
  return registered(
    docker.Container,
    name,
    {
      image: settings.image,
      command: settings.command,
      envs: Object.entries(env).map(([variable, value]) => pulumi.interpolate`${variable}=${value}`),
      memory,
      // Without this Docker lets it swap as much again.
      memorySwap: memory,
      cpus: cpus === undefined ? undefined : String(cpus),
      networksAdvanced: [{ name: host.network.name }],
      restart: "unless-stopped",
      stopTimeout: stopGrace,
      destroyGraceSeconds: stopGrace,
      // Readiness belongs to the rollout, which sees it where the users are: through the edge.
      mustRun: false,
      // The rollout starts it: where another host's replica cannot be made there is none, and nothing is to run.
      start: false,
      labels: stackLabels({
        role: "replica",
        host: host.host,
        daemon: host.daemon,
        service,
        replica: name,
        revision: replicaRevision(settings),
      }),
    },
    {
      ...opts,
      provider: host.provider,
      deletedWith: host.anchor,
      // The provider's own default is the other way round, and unset is not false.
      deleteBeforeReplace: false,
      // What takes long is the image, and a registry that does not answer takes for ever.
      customTimeouts: { create: `${settings.rollout.pull}ms` },
    },
  );
}

export function replicaRevision(settings: ParsedReplicaSet): pulumi.Output<string> {
  const { env, command, resources, port } = settings;
  return pulumi.output(settings.image).apply((image) => revisionOf(image, { env, command, resources, port }));
}
