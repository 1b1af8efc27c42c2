import path from "node:path";
import { afterAll, beforeAll, expect, test } from "vitest";
import { rules } from "../../policy/rules.ts";
import { localDocker } from "../../tools/setup/docker.ts";
import { policyPack, type PolicyPack } from "../support/policyPack.ts";
import { Project } from "../support/project.ts";

/** The policy pack in the real engine: previews of a stack that keeps every rule, and of one that breaks each. */
let project: Project;
let pack: PolicyPack;

const host = (port: number) => `{ address: 127.0.0.1, docker: "${localDocker}", gatewayPort: ${port} }`;
const platform = `config:
  handover:loadBalancer: { hosts: [h1] }
  handover:haproxyImage: handover-haproxy:local
  handover:hosts: { h1: ${host(17071)}, h2: ${host(17072)} }
  handover:services:
`;
const bad = `${platform}    web: { image: "acme/web", env: { DATABASE_PASSWORD: hunter2 } }
    api:
      image: acme/api:1.4
      replicas: 2
      routes: [{ path: /api }]
      healthCheck: { path: /healthz }
      resources: { memory: 64m }
      env: { LOG_LEVEL: info }
      secretEnv: { API_TOKEN: apiToken }
`;
const violations = [
  ["no-latest", "service web: image: acme/web may be something else tomorrow"],
  ["two-hosts", "service web: replicas: 1 is not enough"],
  ["two-hosts", "service api: placement: all 2 replicas run on one machine (h1 and h2)"],
  ["health-check", "service web: healthCheck.path: is /"],
  ["memory-limit", "service web: resources.memory: is not set"],
  ["no-plain-secret", "service web: env.DATABASE_PASSWORD: looks like a secret"],
] as const;

beforeAll(async () => {
  pack = await policyPack();
  project = await Project.create({ "Pulumi.dev.yaml": bad });
  if (pack.path) project.searchPath.push(pack.path);
  await project.pulumi("stack", "init", "dev");
  await project.pulumi("config", "set", "--secret", "apiToken", "s3cr3t-value", "--stack", "dev");
});

afterAll(async () => {
  await project[Symbol.asyncDispose]();
  await pack[Symbol.asyncDispose]();
});

function preview(...options: string[]) {
  return project.pulumi("preview", "--stack", "dev", "--policy-pack", pack.folder, ...options);
}

test("each rule stops the preview of a stack that breaks it, and says what to do", async () => {
  const { exitCode, all } = await preview();
  expect(exitCode, all).not.toBe(0);
  expect(new Set(violations.map(([rule]) => rule))).toEqual(new Set(rules.map(({ name }) => name)));
  for (const [rule, message] of violations) {
    expect(all).toContain(`[mandatory]  ${rule}`);
    expect(all).toContain(message);
  }
  expect(all).not.toContain("API_TOKEN");
  expect(all).not.toMatch(/hunter2|s3cr3t-value/);
});

test("a stack may only be told", async () => {
  const { exitCode, all } = await preview("--policy-pack-config", path.join(pack.folder, "advisory.json"));
  expect(exitCode, all).toBe(0);
  for (const [rule] of violations) expect(all).toContain(`[advisory]  ${rule}`);
  expect(all).not.toContain("[mandatory]");
});
