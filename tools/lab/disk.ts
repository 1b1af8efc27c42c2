import { mkdir, rm } from "node:fs/promises";
import path from "node:path";
import { execa } from "execa";
import type { LabHost } from "./hosts.ts";

/** The rest of the disk, once it is full. */
const rest = (host: LabHost) => path.join(host.dataDirectory, "rest");

/** Gives a host that is off and wiped a small disk of its own, until it is wiped again. */
export async function smallDisk(host: LabHost, megabytes: number): Promise<void> {
  await mkdir(host.dataDirectory, { recursive: true });
  await execa("mount", ["-t", "tmpfs", "-o", `size=${megabytes}m`, "tmpfs", host.dataDirectory]);
}

/** Fills it, to the last byte. */
export async function fillDisk(host: LabHost): Promise<void> {
  const { stderr } = await execa("dd", ["if=/dev/zero", `of=${rest(host)}`, "bs=64k"], {
    reject: false,
    env: { LC_ALL: "C" },
  });
  if (!/No space left/.test(stderr)) throw new Error(`${host.name}: its disk is not full: ${stderr}`);
}

/** Makes room again. */
export async function clearDisk(host: LabHost): Promise<void> {
  await rm(rest(host), { force: true });
}

/** Takes the small disk away, if the host has one. */
export async function unmountDisk(host: LabHost): Promise<void> {
  const { failed } = await execa("mountpoint", ["--quiet", host.dataDirectory], { reject: false });
  if (!failed) await execa("umount", ["--lazy", host.dataDirectory]);
}
