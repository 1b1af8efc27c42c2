import type * as docker from "@pulumi/docker";
import type * as pulumi from "@pulumi/pulumi";
import type { ParsedHost } from "../config/hosts.ts";
import type { HostDocument } from "../rollout/document.ts";

/** A host that answers, as a replica on it needs it. */
export interface ReplicaHost {
  readonly host: string;
  /** The id of its Docker Engine. */
  readonly daemon: pulumi.Input<string>;
  readonly provider: docker.Provider;
  /** The bridge network of its gateway. */
  readonly network: { readonly name: pulumi.Input<string> };
  /** Stands for the machine: what runs there is deleted with it. */
  readonly anchor: pulumi.Resource;
}

/** The machines that replicas run on: those of this stack, or of a platform stack. */
export interface ReplicaHosts {
  /** Whether they are another stack's, and have nothing of this one but what it uses. */
  readonly areShared: boolean;
  /** Every host, the lost ones too. */
  readonly hosts: Record<string, ParsedHost>;
  /** A host for replicas to run on; `undefined` for one that is lost. */
  use(host: string): ReplicaHost | undefined;
  /** The hosts that the traffic program may call, once every replica has its host. */
  readonly documents: HostDocument[];
  /** What must exist on the hosts before traffic can be moved to them. */
  readonly resources: pulumi.Resource[];
}
