import { existsSync, lstatSync, readlinkSync } from "node:fs";
import { homedir } from "node:os";
import path from "node:path";
import { cache } from "../folders.ts";
import { buildFolder, builds } from "./build.ts";
import { pluginBuilds } from "./builds.ts";
import type { Pulumi } from "./findPulumi.ts";
import { plugins, type Plugin } from "./versions.ts";

const usersHome = path.join(homedir(), ".pulumi");
const setUpsHome = path.join(cache, "pulumi");

/**
 * Pulumi's folder of plugins and credentials: `PULUMI_HOME`, or the user's own; set-up's where Pulumi or its plugins had
 * to be built, so that nothing that is not official gets into the user's.
 */
export function pulumiHome(pulumi: Pulumi | undefined): string {
  if (process.env.PULUMI_HOME) return process.env.PULUMI_HOME;
  if (pulumi?.origin === "built") return setUpsHome;
  return !hasPlugins(usersHome) && hasPlugins(setUpsHome) ? setUpsHome : usersHome;
}

/** The home that built plugins go to. */
export function homeForBuilds(): string {
  return process.env.PULUMI_HOME ?? setUpsHome;
}

/** Where a plugin lies in a home. */
export function pluginFolder(home: string, { name, version }: Plugin): string {
  return path.join(home, "plugins", `resource-${name}-v${version}`);
}

/**
 * Whether a plugin is there. Pulumi marks one whose download was interrupted with a file beside it; one that set-up has
 * built counts only while its sources are the same.
 */
export function hasPlugin(home: string, plugin: Plugin): boolean {
  const folder = pluginFolder(home, plugin);
  const program = path.join(folder, `pulumi-resource-${plugin.name}`);
  if (!existsSync(program) || existsSync(`${folder}.partial`)) return false;
  const target = lstatSync(program).isSymbolicLink() ? readlinkSync(program) : "";
  return !target.startsWith(builds) || target === builtPlugin(plugin.name);
}

/** The program of a plugin that set-up builds. */
export function builtPlugin(name: Plugin["name"]): string {
  return path.join(buildFolder(pluginBuilds[name]), `pulumi-resource-${name}`);
}

/** Whether all the plugins are there. */
export function hasPlugins(home: string): boolean {
  return plugins.every((plugin) => hasPlugin(home, plugin));
}
