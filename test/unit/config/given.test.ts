import * as pulumi from "@pulumi/pulumi";
import { beforeEach, expect, it } from "vitest";
import { loadStackConfig, secretEnvironment } from "../../../components/config/stackConfig.ts";

beforeEach(async () => {
  await pulumi.runtime.setMocks(
    { call: ({ inputs }) => inputs, newResource: ({ inputs }) => ({ id: "id", state: inputs }) },
    "handover",
    "test",
  );
  const config = {
    hosts: '{"h1":{"address":"10.0.0.1"}}',
    loadBalancer: '{"hosts":["h1"]}',
    services: '{"web":{"image":"acme/web:1","secretEnv":{"TOKEN":"token"}}}',
    token: "hunter2",
  };
  const ours = Object.entries(config).map(([key, value]) => [`handover:${key}`, value]);
  const all = Object.fromEntries([...ours, ["docker:host", "unix:///x"]]) as Record<string, string>;
  pulumi.runtime.setAllConfig(all, ["handover:token"]);
});

it("reads the project's own keys from the engine", () => {
  const config = loadStackConfig();
  expect(config.hosts["h1"]?.address).toBe("10.0.0.1");
  expect(JSON.stringify(config)).not.toContain("hunter2");
});

it("says for which stack something is wrong", () => {
  pulumi.runtime.setConfig("handover:hosts", "{}");
  expect(loadStackConfig).toThrow(/^Pulumi\.test\.yaml \(stack test\): /);
});

it("gives secret environment variables as secrets", async () => {
  const { TOKEN } = secretEnvironment({ TOKEN: "token" });
  expect(await pulumi.isSecret(TOKEN!)).toBe(true);
  expect(await new Promise((resolve) => TOKEN!.apply(resolve))).toBe("hunter2");
});
