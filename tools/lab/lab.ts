import { rm } from "node:fs/promises";
import { execa } from "execa";
import { aptInstall } from "../setup/apt.ts";
import { engineAnswers, startEngine, stopEngine, wipe } from "./engine.ts";
import { labDataDirectory, labHosts, labRunDirectory, type LabHost } from "./hosts.ts";
import { loadImages } from "./images.ts";
import { connectHost, connectSwitch, disconnectHost, disconnectSwitch, unplug } from "./network.ts";
import { killAll } from "./processes.ts";

/**
 * The lab: five hosts on this machine, each a network namespace with an address and a Docker Engine of its own. All of
 * it may be called again at any time, also after a crash in the middle.
 */

export interface LabStatus {
  /** Whether every host's Docker Engine answers. */
  up: boolean;
  hosts: { name: string; address: string; docker: string; up: boolean }[];
}

/** Starts what does not run, and gives every host the images that set-up has made. */
export async function labUp(): Promise<void> {
  await checkMachine();
  await connectSwitch();
  await Promise.all(labHosts.map(startHost));
}

/** Takes the whole lab down. Nothing is left, running or on disk. */
export async function labDown(): Promise<void> {
  if (process.getuid?.() !== 0) return;
  await Promise.all(
    labHosts.map(async (host) => {
      await killAll(host);
      await disconnectHost(host);
      await wipe(host);
    }),
  );
  await disconnectSwitch();
  await rm(labRunDirectory, { recursive: true, force: true });
  await rm(labDataDirectory, { recursive: true, force: true });
}

export async function labStatus(): Promise<LabStatus> {
  const hosts = await Promise.all(
    labHosts.map(async (host) => ({
      name: host.name,
      address: host.address,
      docker: host.docker,
      up: await engineAnswers(host),
    })),
  );
  return { up: hosts.every(({ up }) => up), hosts };
}

/** Switches a host on: it begins with what its disk has. */
export async function startHost(host: LabHost): Promise<void> {
  await connectSwitch();
  await connectHost(host);
  if (!(await engineAnswers(host))) {
    // What a start that was interrupted may have left.
    await killAll(host);
    await startEngine(host);
  }
  await loadImages(host);
}

/** A power cut: the network first, so that nothing can say goodbye; then everything that ran. Its disk stays. */
export async function killHost(host: LabHost): Promise<void> {
  await unplug(host);
  await killAll(host);
  await disconnectHost(host);
}

/** Stops a host in order, as for a planned reboot. Its disk stays. */
export async function shutDownHost(host: LabHost): Promise<void> {
  await stopEngine(host);
  await killHost(host);
}

/** Forgets the disk of a host that is off: it comes back as another machine under the same address. */
export async function wipeHost(host: LabHost): Promise<void> {
  await killHost(host);
  await wipe(host);
}

async function checkMachine(): Promise<void> {
  if (process.platform !== "linux" || process.getuid?.() !== 0) {
    throw new Error(
      "The lab makes network namespaces and starts Docker Engines: it needs Linux and root. Without them, use the stack dev.",
    );
  }
  await aptInstall({ dockerd: "docker.io", containerd: "containerd", ip: "iproute2", nsenter: "util-linux" });
  const { failed } = await execa("ip", ["netns", "list"], { reject: false });
  if (failed)
    throw new Error("This kernel, or this container, does not allow network namespaces (ip netns).");
}
