import { readFile } from "node:fs/promises";
import path from "node:path";
import * as pulumi from "@pulumi/pulumi";
import { runProgramsIn } from "./command.ts";
import { Deployment, type DeploymentArgs } from "./deployment.ts";

/**
 * The component provider: programs in Python, Go, C#, Java and YAML have Deployment from here. Pulumi starts it with the
 * engine's address as its argument.
 *
 * The schema is a file, and not analysed at each start as `componentProviderHost` does: that takes four seconds, and
 * TypeScript's compiler.
 */
class HandoverProvider implements pulumi.provider.Provider {
  readonly version: string;
  private readonly schemaFile: string;

  constructor(version: string, schemaFile: string) {
    this.version = version;
    this.schemaFile = schemaFile;
  }

  async getSchema(): Promise<string> {
    return readFile(this.schemaFile, "utf8");
  }

  async construct(
    name: string,
    type: string,
    inputs: pulumi.Inputs,
    options: pulumi.ComponentResourceOptions,
  ): Promise<pulumi.provider.ConstructResult> {
    if (type !== "handover:index:Deployment") {
      throw new Error(`The package handover has no component ${type}; it has handover:index:Deployment.`);
    }
    const { urn, urls, replicas, rollouts } = new Deployment(name, inputs as DeploymentArgs, options);
    return { urn, state: { urls, replicas, rollouts } };
  }
}

/**
 * @param folder of this package
 * @param schemaFile what `tools/schema.ts` writes
 */
export async function serve(folder: string, schemaFile: string): Promise<void> {
  const manifest = await readFile(path.join(folder, "package.json"), "utf8");
  runProgramsIn(folder);
  const { version } = JSON.parse(manifest) as { version: string };
  await pulumi.provider.main(new HandoverProvider(version, schemaFile), process.argv.slice(2));
}
