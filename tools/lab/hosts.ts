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

/**
 * `HANDOVER_LAB=2` is another lab beside the first, with names and addresses of its own, for the tests of a second
 * checkout. `Pulumi.lab.yaml` describes the first one.
 */
const number = process.env.HANDOVER_LAB ?? "0";
if (!/^\d$/.test(number)) {
  throw new Error(`HANDOVER_LAB is "${number}": it is the number of a lab, 0 to 9, and 0 unless it is set.`);
}
const suffix = number === "0" ? "" : number;

/** What the lab's namespaces begin with. */
export const labName = `handover-lab${suffix}`;

/** What the lab's network interfaces begin with. */
export const labInterface = `hlab${suffix}`;

/** The lab's network, a /24. It lies in the range that is set aside for benchmarks of networks (RFC 2544). */
const network = `198.18.${number}`;

/** This machine's address in the lab's network. */
export const ownAddress = `${network}.1`;

/** Where the engines' sockets are. */
export const labRunDirectory = `/run/${labName}`;

/** Where the engines' disks are. */
export const labDataDirectory = path.join(cache, `lab${suffix}`);

export const labHosts: readonly LabHost[] = [1, 2, 3, 4, 5].map((host) => {
  const name = `h${host}`;
  const runDirectory = path.join(labRunDirectory, name);
  return {
    name,
    address: `${network}.${10 + host}`,
    docker: `unix://${runDirectory}/docker.sock`,
    namespace: `${labName}-${name}`,
    hardwareAddress: `02:00:c6:12:0${number}:0${host}`,
    port: `${labInterface}-${name}`,
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
