import path from "node:path";
import type { Build } from "./build.ts";
import { builtLanguageHost, builtPulumi, builtYaml, plugins, type Plugin } from "./versions.ts";

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
      // The script has the name that the CLI looks for.
      binary: "pulumi-language-nodejs-unset",
      module: path.join(here, "language-nodejs"),
      package: "github.com/pulumi/pulumi/sdk/v3/nodejs/cmd/pulumi-language-nodejs",
      version: [versionVariable, `v${builtLanguageHost}`],
    },
  ],
  scripts: [path.join(here, "language-nodejs", "pulumi-language-nodejs")],
};

/** The CLI's host for YAML programs. Set-up does not build it; the tests of the examples do. */
export const yamlBuild: Build = {
  name: "language-yaml",
  version: builtYaml,
  programs: [
    {
      binary: "pulumi-language-yaml",
      module: path.join(here, "language-yaml"),
      package: "github.com/pulumi/pulumi-yaml/cmd/pulumi-language-yaml",
      version: [versionVariable, `v${builtYaml}`],
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
