import { execFileSync } from "node:child_process";
import { accessSync, constants, existsSync, mkdirSync, readFileSync, statSync, writeFileSync } from "node:fs";
import path from "node:path";
import { cache } from "../folders.ts";
import { buildFolder } from "./build.ts";
import { cliBuild } from "./builds.ts";
import { atLeast, builtPulumi, oldestPulumi } from "./versions.ts";

/** A Pulumi CLI that is new enough. */
export interface Pulumi {
  /** The folder that holds `pulumi` and its language hosts. */
  folder: string;
  /** @example "v3.256.0" */
  version: string;
  /** The PATH's own, Pulumi's own one that set-up has downloaded, or one that set-up has built. */
  origin: "path" | "downloaded" | "built";
}

/** Where Pulumi's installer puts the CLI when set-up runs it. */
export const downloadRoot = path.join(cache, "pulumi-cli");

/** The Pulumi CLI to use, or nothing when set-up has to get one. */
export function findPulumi(): Pulumi | undefined {
  const own = (process.env.PATH ?? "").split(path.delimiter).find((folder) => isExecutable(inFolder(folder)));
  const version = own && versionOf(inFolder(own));
  if (version && atLeast(version, oldestPulumi)) {
    return { folder: own, version, origin: originOf(own) };
  }
  const downloaded = path.join(downloadRoot, "bin");
  if (isExecutable(inFolder(downloaded))) {
    return { folder: downloaded, version: versionOf(inFolder(downloaded)) ?? "", origin: "downloaded" };
  }
  const built = buildFolder(cliBuild);
  return existsSync(built) ? { folder: built, version: `v${builtPulumi}`, origin: "built" } : undefined;
}

/** A program started by one of these tools finds set-up's CLI on its PATH. */
function originOf(folder: string): Pulumi["origin"] {
  if (folder === buildFolder(cliBuild)) return "built";
  return folder === path.join(downloadRoot, "bin") ? "downloaded" : "path";
}

function inFolder(folder: string): string {
  return path.join(folder, "pulumi");
}

function isExecutable(file: string): boolean {
  try {
    accessSync(file, constants.X_OK);
    return statSync(file).isFile();
  } catch {
    return false;
  }
}

/** What `pulumi version` says, which takes 0.2 s; so it is kept until the file changes. */
function versionOf(pulumi: string): string | undefined {
  const { mtimeMs, size } = statSync(pulumi);
  const key = [pulumi, mtimeMs, size].join(" ");
  const file = path.join(cache, "pulumi-versions.json");
  const known = readVersions(file);
  if (known[key]) return known[key];
  try {
    const environment = { ...process.env, PULUMI_SKIP_UPDATE_CHECK: "true" };
    const version = execFileSync(pulumi, ["version"], {
      env: environment,
      encoding: "utf8",
      stdio: ["ignore", "pipe", "ignore"],
      timeout: 10_000,
    }).trim();
    mkdirSync(cache, { recursive: true });
    writeFileSync(file, JSON.stringify({ ...known, [key]: version }, null, 2));
    return version;
  } catch {
    return undefined;
  }
}

function readVersions(file: string): Record<string, string> {
  try {
    return JSON.parse(readFileSync(file, "utf8")) as Record<string, string>;
  } catch {
    return {};
  }
}
