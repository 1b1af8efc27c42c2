import { mkdir, mkdtemp, rm, symlink } from "node:fs/promises";
import { readdirSync } from "node:fs";
import { tmpdir } from "node:os";
import path from "node:path";
import { execa } from "execa";
import { hasApt, updateLists } from "./apt.ts";
import { localDocker } from "./docker.ts";
import { imageSource, importImage } from "./image.ts";
import { pull } from "./pull.ts";
import { report } from "./report.ts";

/** The HAProxy image that the stacks `dev` and `lab` run. */
export const haproxyImage = "handover-haproxy:local";

const official = "haproxy:3.2";
/** What an edge needs besides HAProxy: a shell with its tools, and Perl for the conversation with a rollout. */
const packages = ["haproxy", "perl-base", "dash", "coreutils"];

/**
 * Sees to the HAProxy image: the official one where a registry answers, else one with the programs of the distribution's
 * packages.
 */
export async function ensureHaproxyImage(): Promise<void> {
  if ((await imageSource(haproxyImage)) !== undefined) return;
  report(`pulling ${official}`);
  if (await pull(official)) {
    await execa("docker", ["-H", localDocker, "tag", official, haproxyImage]);
    return;
  }
  if (!hasApt()) {
    throw new Error(
      `No registry has answered, and there is no apt-get to make ${haproxyImage} with. Let the Docker Engine reach a registry, or type where one can be reached: docker pull ${official} && docker tag ${official} ${haproxyImage}`,
    );
  }
  report(`no registry answers: making ${haproxyImage} of the distribution's package`);
  const folder = await mkdtemp(path.join(tmpdir(), "handover-haproxy-"));
  try {
    await importImage(haproxyImage, await fillRoot(folder), {
      source: "distribution",
      changes: ["ENV PATH=/usr/sbin:/usr/bin:/sbin:/bin", `CMD ["haproxy", "-v"]`],
    });
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
}

/** Unpacks the packages and the libraries that they need. Nothing is installed on this machine. */
async function fillRoot(folder: string): Promise<string> {
  const archives = path.join(folder, "archives");
  const root = path.join(folder, "root");
  await mkdir(archives);
  // Symbolic links for the packages that still use the old folders.
  for (const name of ["bin", "sbin", "lib", "lib64"]) {
    await mkdir(path.join(root, "usr", name), { recursive: true });
    await symlink(`usr/${name}`, path.join(root, name));
  }
  await updateLists();
  await execa("apt-get", ["download", "--quiet", ...(await closure())], { cwd: archives });
  for (const archive of readdirSync(archives)) {
    // tar follows the links above; dpkg-deb would replace them.
    await execa("dpkg-deb", ["--fsys-tarfile", archive], {
      cwd: archives,
      encoding: "buffer",
      buffer: false,
    }).pipe("tar", ["--extract", "--keep-directory-symlink", "--directory", root]);
  }
  for (const name of ["doc", "man", "locale", "info", "lintian", "bash-completion"]) {
    await rm(path.join(root, "usr/share", name), { recursive: true, force: true });
  }
  for (const name of ["tmp", "run", "var/lib"]) await mkdir(path.join(root, name), { recursive: true });
  return root;
}

/** The packages, and every library that they depend on. */
async function closure(): Promise<string[]> {
  const only = ["recommends", "suggests", "conflicts", "breaks", "replaces", "enhances"].map(
    (kind) => `--no-${kind}`,
  );
  const { stdout } = await execa("apt-cache", ["depends", "--recurse", ...only, ...packages]);
  const names = stdout.split("\n").filter((line) => /^lib[a-z0-9]/.test(line));
  return [...new Set([...packages, ...names])].filter(
    (name) => !/perl5|-perl$|^libdebian|-common$/.test(name),
  );
}
