import { execa } from "execa";
import type { LabHost } from "./hosts.ts";
import { connectHost, unplug } from "./network.ts";

/**
 * Faults of a host's network cable, while the host itself runs on. The kernels that the lab has to run on have no netem:
 * packets are lost by a firewall rule on the host, before anything else sees them, and nothing makes a link slow.
 */

/** Nothing arrives any more, in either direction, until the link is mended. */
export const cutLink = unplug;

/** Loses a share of the packets that are sent to the host, in percent, chosen by chance. */
export async function losePackets(host: LabHost, percent: number): Promise<void> {
  await onHost(host, ["-A", ...rule(percent)]);
}

/** The cable is as new. */
export async function mendLink(host: LabHost): Promise<void> {
  await connectHost(host);
  await onHost(host, ["-F", "PREROUTING"]);
}

function rule(percent: number): string[] {
  const byChance = ["-m", "statistic", "--mode", "random", "--probability", (percent / 100).toFixed(2)];
  return ["PREROUTING", "-i", "eth0", ...byChance, "-j", "DROP"];
}

/** In the table that comes before address translation, where Docker has no rules. */
async function onHost(host: LabHost, args: string[]): Promise<void> {
  await execa("ip", ["netns", "exec", host.namespace, "iptables", "-w", "-t", "raw", ...args]);
}
