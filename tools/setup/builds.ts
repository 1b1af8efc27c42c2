import path from "node:path";
import type { Build } from "./build.ts";
import { builtLanguageHost, builtPulumi, plugins, type Plugin } from "./versions.ts";

const here = import.meta.dirname;
const versionVariable = "github.com/pulumi/pulumi/sdk/v3/go/common/version.Version";

/** The Pulumi CLI, and its host for Node.js programs, which it looks for beside itself. */
export const cliBuild: Build = {
  name: "pulumi",
  version: builtPulumi,
  programs: [
    {
      binary: "pulumi",
      module: path.join(here, "cli"),
      package: "github.com/pulumi/pulumi/pkg/v3/cmd/pulumi",
      version: [versionVariable, `v${builtPulumi}`],
    },
    {
      binary: "pulumi-language-nodejs",
      module: path.join(here, "language-nodejs"),
      package: "github.com/pulumi/pulumi/sdk/v3/nodejs/cmd/pulumi-language-nodejs",
      version: [versionVariable, `v${builtLanguageHost}`],
    },
  ],
};

// The Docker provider's Compose resource is not in Pulumi's SDK, and a tenth of that build.
const tags: Partial<Record<Plugin["name"], string>> = { docker: "no_compose" };

/** The provider plugins, by name. */
export const pluginBuilds = Object.fromEntries(
  plugins.map((plugin) => [plugin.name, pluginBuild(plugin)]),
) as Record<Plugin["name"], Build>;

function pluginBuild({ name, version }: Plugin): Build {
  const binary = `pulumi-resource-${name}`;
  const module = path.join(here, "plugins", name);
  return {
    name: `plugin-${name}`,
    version,
    programs: [{ binary, module, package: ".", version: ["main.version", version], tags: tags[name] }],
  };
}
