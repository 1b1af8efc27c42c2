import { existsSync, readdirSync } from "node:fs";
import path from "node:path";
import { execa } from "execa";
import { report } from "./report.ts";

const lists = "/var/lib/apt/lists";

/** Whether a program is on the PATH, or where only root looks. */
export function isInstalled(program: string): boolean {
  const folders = [...(process.env.PATH ?? "").split(path.delimiter), "/usr/sbin", "/sbin"];
  return folders.some((folder) => folder && existsSync(path.join(folder, program)));
}

/** Whether packages can be had from the distribution here. */
export function hasApt(): boolean {
  return isInstalled("apt-get");
}

/** Gets the list of packages where there is none yet. */
export async function updateLists(): Promise<void> {
  if (
    existsSync(lists) &&
    readdirSync(lists).some((file) => file.endsWith("_Packages") || /_Packages\./.test(file))
  )
    return;
  await execa("apt-get", ["update", "--quiet"], { timeout: 120_000 });
}

/**
 * Installs the packages of those programs that are missing.
 * @param packages by program
 * @throws Error with the command to type, where this process may not
 */
export async function aptInstall(packages: Record<string, string>): Promise<void> {
  const missing = [
    ...new Set(Object.entries(packages).flatMap(([program, name]) => (isInstalled(program) ? [] : name))),
  ];
  if (missing.length === 0) return;
  const install = `apt-get install --yes --no-install-recommends ${missing.join(" ")}`;
  if (!hasApt() || process.getuid?.() !== 0) {
    throw new Error(
      `${missing.join(", ")} ${missing.length === 1 ? "is" : "are"} missing. ` +
        (hasApt() ? `As root, type: ${install}` : "Install it with your system's package manager."),
    );
  }
  report(install);
  const apt = execa({ env: { DEBIAN_FRONTEND: "noninteractive" }, timeout: 600_000, all: true });
  await updateLists();
  const [program = "", ...args] = install.split(" ");
  const first = await apt({ reject: false })(program, args);
  if (!first.failed) return;
  // The lists may be out of date.
  await apt("apt-get", ["update", "--quiet"]);
  await apt(program, args);
}
