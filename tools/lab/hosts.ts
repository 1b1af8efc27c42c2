import path from "node:path";
import { cache } from "../folders.ts";

/** A host of the lab: a network namespace with an address and a Docker Engine of its own. */
export interface LabHost {
  name: string;
  address: string;
  /** The endpoint of its Docker Engine, as `Pulumi.lab.yaml` has it. */
  docker: string;
  /** The network namespace's name, for `ip netns`. */
  namespace: string;
  /** A host that is switched on again has the network card that it had: others know it by this. */
  hardwareAddress: string;
  /** The end of its network cable at the switch. */
  port: string;
  /** Sockets, pid files and logs of its engine: what a reboot loses. */
  runDirectory: string;
  /** What its engine keeps on disk: images, containers, volumes. */
  dataDirectory: string;
}

/** Where the engines' sockets are. */
export const labRunDirectory = "/run/handover-lab";

/** Where the engines' disks are. */
export const labDataDirectory = path.join(cache, "lab");

/** The addresses lie in the range that is set aside for benchmarks of networks (RFC 2544). */
export const labHosts: readonly LabHost[] = [1, 2, 3, 4, 5].map((number) => {
  const name = `h${number}`;
  const runDirectory = path.join(labRunDirectory, name);
  return {
    name,
    address: `198.18.0.${10 + number}`,
    docker: `unix://${runDirectory}/docker.sock`,
    namespace: `handover-lab-${name}`,
    hardwareAddress: `02:00:c6:12:00:0${number}`,
    port: `hlab-${name}`,
    runDirectory,
    dataDirectory: path.join(labDataDirectory, name),
  };
});

/** @throws Error that names the hosts there are */
export function labHost(name: string | undefined): LabHost {
  const host = labHosts.find((each) => each.name === name);
  if (host) return host;
  const names = labHosts.map((each) => each.name).join(", ");
  throw new Error(`${name ? `There is no host ${name} in the lab` : "Which host?"}: it has ${names}.`);
}
