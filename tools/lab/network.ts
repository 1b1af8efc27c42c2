import { existsSync } from "node:fs";
import { execa } from "execa";
import { labHosts, labInterface, labName, ownAddress, type LabHost } from "./hosts.ts";

/**
 * The lab's switch is a bridge in a namespace of its own, so that no firewall rule of this machine (a Docker Engine sets
 * many) concerns what the hosts send each other. This machine is one more station on it.
 */
export const switchNamespace = `${labName}-switch`;
const bridge = "switch";
/** This machine's end of its cable to the switch, and the other end. */
const uplink = labInterface;
const uplinkPort = `${labInterface}-up`;

const ip = (...args: string[]) => execa("ip", args);
const onSwitch = (...args: string[]) => ip("-netns", switchNamespace, ...args);

/** Makes the switch and this machine's cable to it, unless they are there. */
export async function connectSwitch(): Promise<void> {
  if (!existsSync(`/run/netns/${switchNamespace}`)) await ip("netns", "add", switchNamespace);
  if (!(await exists(bridge, switchNamespace))) {
    await onSwitch("link", "add", bridge, "type", "bridge");
    await onSwitch("link", "set", bridge, "up");
  }
  if (!(await exists(uplink))) {
    await ip("link", "add", uplink, "type", "veth", "peer", "name", uplinkPort, "netns", switchNamespace);
  }
  await onSwitch("link", "set", uplinkPort, "master", bridge, "up");
  await ip("address", "replace", `${ownAddress}/24`, "dev", uplink);
  await ip("link", "set", uplink, "up");
}

/** Makes a host's namespace and its cable to the switch, unless they are there. */
export async function connectHost(host: LabHost): Promise<void> {
  if (!existsSync(`/run/netns/${host.namespace}`)) await ip("netns", "add", host.namespace);
  const inHost = (...args: string[]) => ip("-netns", host.namespace, ...args);
  if (!(await exists("eth0", host.namespace))) {
    await onSwitch(
      ...["link", "add", host.port, "type", "veth"],
      ...["peer", "name", "eth0", "address", host.hardwareAddress, "netns", host.namespace],
    );
  }
  await plug(host);
  await inHost("address", "replace", `${host.address}/24`, "dev", "eth0");
  await inHost("link", "set", "eth0", "up");
  await inHost("link", "set", "lo", "up");
}

/** Plugs the cable in again. */
export async function plug(host: LabHost): Promise<void> {
  await plugInto(host.port);
}

/** Plugs a cable's end, which is in the switch's namespace, into the switch. */
export async function plugInto(end: string): Promise<void> {
  await onSwitch("link", "set", end, "master", bridge, "up");
}

/** The end stays up, and nothing comes out of it any more but what another program does with it. */
export async function takeOffSwitch(end: string): Promise<void> {
  await onSwitch("link", "set", end, "nomaster");
}

/** Pulls the cable: from this moment nothing from the host arrives anywhere. */
export async function unplug(host: LabHost): Promise<void> {
  if (await exists(host.port, switchNamespace)) await onSwitch("link", "set", host.port, "down");
}

/** Removes the host's namespace and, with it, every interface that was in it. No process may be left in it. */
export async function disconnectHost(host: LabHost): Promise<void> {
  if (await exists(host.port, switchNamespace)) await onSwitch("link", "delete", host.port);
  if (existsSync(`/run/netns/${host.namespace}`)) await ip("netns", "delete", host.namespace);
}

export async function disconnectSwitch(): Promise<void> {
  if (await exists(uplink)) await ip("link", "delete", uplink);
  if (existsSync(`/run/netns/${switchNamespace}`)) await ip("netns", "delete", switchNamespace);
}

/** What is left of the lab's network, in words. */
export function networkLeftovers(): string[] {
  return [switchNamespace, ...labHosts.map(({ namespace }) => namespace)].filter((namespace) =>
    existsSync(`/run/netns/${namespace}`),
  );
}

async function exists(device: string, namespace?: string): Promise<boolean> {
  if (namespace && !existsSync(`/run/netns/${namespace}`)) return false;
  const where = namespace ? ["-netns", namespace] : [];
  const { failed } = await execa("ip", [...where, "link", "show", "dev", device], { reject: false });
  return !failed;
}
