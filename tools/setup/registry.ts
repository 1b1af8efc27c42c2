import { existsSync } from "node:fs";
import { mkdir, mkdtemp, readdir, rename, rm } from "node:fs/promises";
import path from "node:path";
import { execa } from "execa";
import { cache } from "../folders.ts";
import { hasApt, updateLists } from "./apt.ts";

const folder = path.join(cache, "docker-registry");
const program = "usr/bin/docker-registry";

/**
 * A real registry, for tests: the program of the distribution's package, unpacked in the cache. Installed, the package
 * would start a service.
 * @returns the path of the program
 */
export async function registryProgram(): Promise<string> {
  const target = path.join(folder, program);
  if (existsSync(target)) return target;
  if (!hasApt()) throw new Error("There is no apt-get to get the package docker-registry with.");
  await mkdir(cache, { recursive: true });
  const partial = await mkdtemp(`${folder}-`);
  try {
    await updateLists();
    await execa("apt-get", ["download", "--quiet", "docker-registry"], { cwd: partial });
    const archive = (await readdir(partial)).find((file) => file.endsWith(".deb")) ?? "";
    await execa("dpkg-deb", ["--extract", archive, "."], { cwd: partial });
    // Another test run may have been quicker.
    await rename(partial, folder).catch(() => {});
  } finally {
    await rm(partial, { recursive: true, force: true });
  }
  return target;
}
