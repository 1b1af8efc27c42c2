import { mkdir, rename, rm, symlink } from "node:fs/promises";
import path from "node:path";
import { execa } from "execa";
import { cliBuild, pluginBuilds } from "./builds.ts";
import { findPulumi } from "./findPulumi.ts";
import { goBuild, removePartialBuilds } from "./goBuild.ts";
import { downloadPulumi } from "./official.ts";
import { builtPlugin, hasPlugin, hasPlugins, homeForBuilds, pluginFolder, pulumiHome } from "./pulumiHome.ts";
import { report } from "./report.ts";
import { oldestPulumi, plugins, type Plugin } from "./versions.ts";

/**
 * Sees to a Pulumi CLI and the provider plugins: what is there, else the official downloads, else the same upstream
 * modules built with Go.
 */
export async function ensurePulumi(): Promise<void> {
  if (isComplete()) return;
  await downloadPulumi();
  if (isComplete()) return;
  await checkGo();
  await removePartialBuilds();
  report(
    "building what is missing of Pulumi and its plugins with Go; the first time takes five to eight minutes on two cores",
  );
  // The CLI takes as long as all the rest, and each has times when it leaves a core idle.
  await Promise.all([findPulumi() ? undefined : goBuild(cliBuild), buildPlugins()]);
}

function isComplete(): boolean {
  const pulumi = findPulumi();
  return pulumi !== undefined && hasPlugins(pulumiHome(pulumi));
}

async function buildPlugins(): Promise<void> {
  const home = homeForBuilds();
  for (const plugin of plugins.filter((one) => !hasPlugin(home, one))) {
    await goBuild(pluginBuilds[plugin.name]);
    await link(home, plugin);
  }
}

/** Puts a built plugin where Pulumi looks for it. Not on the PATH: Pulumi warns of plugins that it finds there. */
async function link(home: string, plugin: Plugin): Promise<void> {
  const program = path.join(pluginFolder(home, plugin), `pulumi-resource-${plugin.name}`);
  const beside = `${program}.${process.pid}`;
  await mkdir(path.dirname(program), { recursive: true });
  await rm(`${path.dirname(program)}.partial`, { force: true });
  await symlink(builtPlugin(plugin.name), beside);
  await rename(beside, program);
}

async function checkGo(): Promise<void> {
  const { failed } = await execa({ reject: false })`go version`;
  if (!failed) return;
  throw new Error(`Pulumi or its plugins are missing and could not be downloaded, and there is no Go to build them with.
Do one of these, then run npm run setup again:
  - let this machine reach https://get.pulumi.com (HTTPS_PROXY is honoured);
  - put Go 1.26 or later on the PATH (https://go.dev/dl/), and let it reach its module proxy (GOPROXY is honoured);
  - put a pulumi ${oldestPulumi} or later on the PATH, with these plugins installed: ${plugins.map(({ name, version }) => `${name} ${version}`).join(", ")}.`);
}
