import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import path from "node:path";
import { afterAll, describe, expect, it } from "vitest";
import { overBase, readBase } from "../../../components/config/baseFile.ts";
import { parseStackConfig } from "../../../components/config/stackConfig.ts";

const folder = mkdtempSync(path.join(tmpdir(), "handover-base-"));
afterAll(() => rmSync(folder, { recursive: true, force: true }));

function read(text: string) {
  writeFileSync(path.join(folder, "Pulumi.base.yaml"), text);
  return readBase(folder, "shop")!;
}
const problems = (text: string) =>
  read(text).problems.map(({ path, message }) => `${path.join(".")}: ${message}`);

describe("what a stack says over the base file", () => {
  it.each([
    ["nothing", undefined, { a: 1 }, { a: 1 }],
    ["a mapping is merged, to any depth", { a: { c: 3 } }, { a: { b: 2, c: 1 } }, { a: { b: 2, c: 3 } }],
    ["a list takes the other's place", { a: [1] }, { a: [2, 3] }, { a: [1] }],
    [
      "a value takes a mapping's place, and the other way round",
      { a: 1, b: { c: 1 } },
      { a: {}, b: 2 },
      { a: 1, b: { c: 1 } },
    ],
    ["an empty value takes it out", { a: null, b: { c: null } }, { a: 1, b: { c: 1 } }, { b: {} }],
    ["where the base has nothing", { a: { b: null, c: 1 } }, undefined, { a: { c: 1 } }],
  ])("%s", (_, own, base, merged) => {
    expect(overBase(own, base)).toEqual(merged);
  });
});

describe("the base file", () => {
  it("may be missing, or empty", () => {
    expect(readBase(path.join(folder, "none"), "shop")).toBeUndefined();
    expect(read("# later\n")).toEqual({ values: {}, problems: [] });
  });

  it("has keys of the project, and is told what else cannot be shared", () => {
    expect(read("config:\n  shop:services: { web: { replicas: 2 } }\n")).toEqual({
      values: { services: { web: { replicas: 2 } } },
      problems: [],
    });
    expect(problems("encryptionsalt: v1\nconfig:\n  shop:service: {}\n  docker:host: x\n")).toEqual([
      "encryptionsalt: only config can be shared; the rest belongs into each stack's file (in Pulumi.base.yaml)",
      "shop:service: cannot be shared; did you mean shop:services? (in Pulumi.base.yaml)",
      "docker:host: cannot be shared; known here: shop:platform, shop:hosts, shop:loadBalancer, shop:services, shop:haproxyImage, shop:gatewayKeyVersion (in Pulumi.base.yaml)",
    ]);
  });

  it("has no secrets", () => {
    const secret = "config:\n  shop:services: { web: { env: { TOKEN: { secure: v1:abc } } } }\n";
    expect(problems(secret)).toEqual([
      "services: has a secret inside; set it in each stack, which encrypts it with its own key (in Pulumi.base.yaml)",
    ]);
    expect(read(secret).values).toEqual({});
  });

  it("is YAML", () => {
    expect(problems("config: {")).toEqual([
      expect.stringMatching(/^: is not YAML: .* \(in Pulumi\.base\.yaml\)$/),
    ]);
    expect(problems("- config")).toEqual(["config: must be a mapping (in Pulumi.base.yaml)"]);
  });
});

it("is named by errors about what stands in it, and only by those", () => {
  const { values } = read(`config:
  shop:hosts: { h1: { address: 10.0.0.1 }, h2: { address: 10.0.0 } }
  shop:loadBalancer: { hosts: [h1], port: 0 }
  shop:services: { web: { image: "acme/web:1", replicas: many } }
`);
  const own = {
    loadBalancer: '{"port":80,"statsPort":0}',
    services: '{"web":{"stopGrace":1},"api":{}}',
  };
  const parse = () =>
    parseStackConfig({ stack: "dev", values: own, secrets: new Set(), base: { values, problems: [] } });
  expect(parse).toThrow(
    `Pulumi.dev.yaml over Pulumi.base.yaml (stack dev): 6 errors
  hosts.h2.address: must be an IPv4 address, such as 10.0.0.11, not "10.0.0" (in Pulumi.base.yaml)
  loadBalancer.statsPort: must be a whole number from 1 to 65535, not 0
`,
  );
  expect(parse).toThrow(/replicas: must be .* not "many" \(in Pulumi\.base\.yaml\)\n/);
  expect(parse).toThrow(/stopGrace: must be [^\n]* not 1\n/);
  expect(parse).toThrow(/services\.api\.image: is missing[^\n]*1\.4\n/);
});
