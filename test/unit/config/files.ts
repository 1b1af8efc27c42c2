import { readFileSync } from "node:fs";
import { createRequire } from "node:module";

// The YAML parser that Pulumi brings along.
const { load } = createRequire(createRequire(import.meta.url).resolve("@pulumi/pulumi"))("js-yaml") as {
  load(text: string): unknown;
};

const root = new URL("../../../", import.meta.url);

export function textOf(path: string): string {
  return readFileSync(new URL(path, root), "utf8");
}

export function yaml<T>(path: string): T {
  return load(textOf(path)) as T;
}

/** What a program would get from a stack's file: text, and JSON where a value has structure. */
export function stackFile(path: string): Record<string, string> {
  const { config } = yaml<{ config: Record<string, unknown> }>(path);
  return Object.fromEntries(
    Object.entries(config).map(([key, value]) => [
      key.replace(/^handover:/, ""),
      typeof value === "string" ? value : JSON.stringify(value),
    ]),
  );
}
