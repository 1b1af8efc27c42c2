import { readFileSync } from "node:fs";
import { createRequire } from "node:module";
import { describe, expect, test } from "vitest";
import {
  atLeast,
  builtLanguageHost,
  builtPulumi,
  builtYaml,
  oldestNode,
  plugins,
} from "../../../tools/setup/versions.ts";

const read = (file: string) => readFileSync(new URL(`../../../${file}`, import.meta.url), "utf8");

describe("the versions of set-up", () => {
  test.each(plugins)("the $name plugin is the one that the npm package asks for", ({ name, version }) => {
    const manifest = createRequire(import.meta.url)(`@pulumi/${name}/package.json`) as { version: string };
    expect(manifest.version).toBe(version);
  });

  test("what is built is what the go.mod files say", () => {
    expect(read("tools/setup/cli/go.mod")).toContain(`github.com/pulumi/pulumi/pkg/v3 v${builtPulumi}\n`);
    expect(read("tools/setup/language-nodejs/go.mod")).toContain(
      `github.com/pulumi/pulumi/sdk/v3 v${builtLanguageHost}\n`,
    );
    expect(read("tools/setup/language-yaml/go.mod")).toContain(
      `github.com/pulumi/pulumi-yaml v${builtYaml}\n`,
    );
  });

  test("the oldest Node.js is that of package.json", () => {
    const { engines } = JSON.parse(read("package.json")) as { engines: { node: string } };
    expect(`${engines.node.replace(">=", "")}.0`).toBe(oldestNode);
  });
});

test.each([
  ["v3.150.0", true],
  ["3.256.0", true],
  ["v4.0.0", true],
  ["v3.150.0-alpha.1", true],
  ["v3.149.9", false],
  ["v2.999.0", false],
  ["", false],
])("%s is at least 3.150.0: %s", (version, expected) => {
  expect(atLeast(version, "3.150.0")).toBe(expected);
});
