import { execa, ExecaError } from "execa";
import { downloadRoot, findPulumi } from "./findPulumi.ts";
import { hasPlugin, pulumiHome } from "./pulumiHome.ts";
import { report } from "./report.ts";
import { plugins } from "./versions.ts";

const minutes = 60_000;

/**
 * Gets what is missing of the Pulumi CLI and its plugins the official way. Whatever does not come in time stays missing;
 * where Pulumi's download site does not answer within 3 s, nothing is tried.
 */
export async function downloadPulumi(): Promise<void> {
  const installer = await fetchInstaller();
  if (!installer) return report("https://get.pulumi.com does not answer");
  try {
    if (!findPulumi()) await installCli(installer);
    await installPlugins();
  } catch (error) {
    report(`the download failed: ${error instanceof ExecaError ? error.shortMessage : String(error)}`);
  }
}

/** Pulumi's install script. Another process fetches it, as only that takes the proxy of the environment. */
async function fetchInstaller(): Promise<string | undefined> {
  const fetching = `process.stdout.write(await (await fetch("https://get.pulumi.com/install.sh")).text())`;
  const { stdout } = await execa({
    env: { NODE_USE_ENV_PROXY: "1" },
    reject: false,
    timeout: 3000,
  })`${process.execPath} --input-type=module --eval ${fetching}`;
  return stdout.startsWith("#!") ? stdout : undefined;
}

async function installCli(installer: string): Promise<void> {
  report("installing the Pulumi CLI with Pulumi's installer");
  await execa({
    input: installer,
    stdout: "inherit",
    stderr: "inherit",
    timeout: 5 * minutes,
  })`sh -s -- --no-edit-path --install-root ${downloadRoot}`;
}

async function installPlugins(): Promise<void> {
  const pulumi = findPulumi();
  if (!pulumi) return;
  const home = pulumiHome(pulumi);
  for (const plugin of plugins.filter((one) => !hasPlugin(home, one))) {
    report(`installing Pulumi's ${plugin.name} plugin ${plugin.version}`);
    await execa({
      env: { PULUMI_HOME: home, PULUMI_SKIP_UPDATE_CHECK: "true" },
      stdout: "inherit",
      stderr: "inherit",
      timeout: 3 * minutes,
    })`${pulumi.folder}/pulumi plugin install resource ${plugin.name} ${plugin.version}`;
  }
}
