import { describe, expect, it } from "vitest";
import { keys } from "../../../components/config/keys.ts";
import { parseStackConfig } from "../../../components/config/stackConfig.ts";
import { stackFile, textOf, yaml } from "./files.ts";
import { schemaKeys } from "./schemaKeys.ts";

const cells = (row: string) => row.split("|").map((cell) => cell.trim());
const rows = new Map(
  textOf("docs/configuration.md")
    .split("\n")
    .filter((line) => line.startsWith("| `"))
    .map((line) => [cells(line)[1], cells(line)[3]]),
);

describe("the configuration reference", () => {
  it.each(schemaKeys)("has $key", ({ key, default: value }) => {
    expect([...rows.keys()]).toContain(`\`${key}\``);
    const written = typeof value === "object" ? JSON.stringify(value) : String(value);
    if (value !== undefined) expect(rows.get(`\`${key}\``)).toBe(`\`${written}\``);
  });

  it("has no key that does not exist", () => {
    expect([...rows.keys()].sort()).toEqual(schemaKeys.map(({ key }) => `\`${key}\``).sort());
  });
});

describe("the example of a production stack", () => {
  const values = stackFile("docs/Pulumi.prod.yaml");

  it("is right", () => {
    const secrets = new Set(["databaseUrl"]);
    expect(parseStackConfig({ stack: "prod", values, secrets }).services["api"]?.replicas).toBe(3);
  });

  it.each(schemaKeys)("has $key", ({ key }) => {
    let found = [JSON.parse(JSON.stringify(values)) as unknown];
    for (const part of key.replaceAll("[]", ".[]").split("."))
      found = found.flatMap((value) => inside(value, part));
    expect(found).not.toEqual([]);
  });
});

function inside(value: unknown, part: string): unknown[] {
  const mapping = (typeof value === "string" ? JSON.parse(value) : value) as Record<string, unknown>;
  if (part === "<name>" || part === "[]") return Object.values(mapping);
  return mapping[part] === undefined ? [] : [mapping[part]];
}

describe("the stacks that come with the project", () => {
  it.each(["dev", "lab"])("%s is right, with a replica on each of five hosts", (stack) => {
    const values = stackFile(`Pulumi.${stack}.yaml`);
    const config = parseStackConfig({ stack, values, secrets: new Set() });
    expect(Object.keys(config.hosts)).toEqual(["h1", "h2", "h3", "h4", "h5"]);
    expect(config.services["web"]?.replicas).toBe(5);
  });
});

describe("Pulumi.yaml", () => {
  const { config } = yaml<{ config: Record<string, { default: unknown; description: string }> }>(
    "Pulumi.yaml",
  );

  it("declares every key", () => {
    expect(Object.keys(config).sort()).toEqual([...keys].sort());
  });

  it("has no default that would go over the base file's", () => {
    for (const { default: value } of Object.values(config)) expect([{}, ""]).toContainEqual(value);
  });

  it("names the defaults", () => {
    for (const key of ["haproxyImage", "gatewayKeyVersion"]) {
      const value = schemaKeys.find((each) => each.key === key)?.default;
      expect(config[key]?.description).toContain(`Default ${String(value)}.`);
    }
  });
});
