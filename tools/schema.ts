import { readFileSync, writeFileSync } from "node:fs";
import { createRequire } from "node:module";
import path from "node:path";
import { format } from "prettier";
import { checkout } from "./folders.ts";

// Pulumi's own analysis of components, as `componentProviderHost` runs it. It has no public entry.
const require = createRequire(import.meta.url);
const { Analyzer } =
  require("@pulumi/pulumi/provider/experimental/analyzer.js") as typeof import("@pulumi/pulumi/provider/experimental/analyzer.js");
const { generateSchema } =
  require("@pulumi/pulumi/provider/experimental/schema.js") as typeof import("@pulumi/pulumi/provider/experimental/schema.js");

/** The schema of the package for other languages, from the types and docstrings of Deployment. */
export async function schemaText(): Promise<string> {
  const { name, version, description } = JSON.parse(
    readFileSync(path.join(checkout, "package.json"), "utf8"),
  ) as Record<"name" | "version" | "description", string>;
  const entry = { main: "components/index.ts" };
  const { components, typeDefinitions, dependencies } = new Analyzer(
    checkout,
    name,
    entry,
    new Set(["Deployment"]),
  ).analyze();
  const schema = generateSchema(name, version, description, components, typeDefinitions, dependencies);
  return format(JSON.stringify(schema), { parser: "json", printWidth: 110 });
}

export const schemaFile = path.join(checkout, "plugin/schema.json");

if (process.argv[1] === import.meta.filename) writeFileSync(schemaFile, await schemaText());
