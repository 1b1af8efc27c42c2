import { mkdir, mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import path from "node:path";
import { execa } from "execa";
import { afterAll, beforeAll, expect, test } from "vitest";
import { fileBackend, toolEnvironment } from "../../tools/environment.ts";
import { labHosts } from "../../tools/lab/hosts.ts";
import { compile, installPackage } from "../support/installedPackage.ts";
import { policyPack } from "../support/policyPack.ts";

/** The package `handover`, packed and installed, in a Pulumi program of somebody else. */
const address = labHosts[1]!.address;
const docker = labHosts[1]!.docker;

let folder: string;

beforeAll(async () => {
  folder = await mkdtemp(path.join(tmpdir(), "handover-package-"));
  await installPackage(folder);
  await writeFile(
    path.join(folder, "Pulumi.yaml"),
    "name: shop\nruntime: { name: nodejs, options: { typescript: false } }\nmain: index.ts\n",
  );
  await writeFile(path.join(folder, "package.json"), JSON.stringify({ type: "module" }));
  await writeFile(
    path.join(folder, "index.ts"),
    `import { HostPool, LoadBalancer, ReplicaSet } from "handover";

const hostPool = new HostPool("hosts", {
  hosts: { h2: { address: "${address}", docker: "${docker}", gatewayPort: 7090 } },
  haproxyImage: "handover-haproxy:local",
});
const loadBalancer = new LoadBalancer("edge", { hostPool, hosts: ["h2"], port: 8090, statsPort: 8490 });
const web = new ReplicaSet("web", {
  hostPool,
  loadBalancer,
  image: "handover-example:v1",
  replicas: 2,
  healthCheck: { path: "/healthz" },
});

export const report = web.report;
`,
  );
  await mkdir(path.join(folder, "state"));
});

afterAll(() => rm(folder, { recursive: true, force: true }));

test("its types are those of the documentation", async () => {
  expect(await compile(folder)).toBe("");
});

test("it brings the command line program", async () => {
  const { stdout } = await execa("node", [
    path.join(folder, "node_modules/handover/bin/handover.js"),
    "--help",
  ]);
  expect(stdout).toMatch(/^Usage: handover /);
});

test("it brings the policy pack", async () => {
  await using pack = await policyPack(path.join(folder, "node_modules/handover/policy"));
  await pulumi("stack", "init", "test-policy");
  const environment = { PATH: `${toolEnvironment().PATH}:${pack.path ?? ""}` };
  const preview = pulumiWith(environment, "preview", "--policy-pack", pack.folder);
  await expect(preview).rejects.toThrow("service web: resources.memory: is not set");
});

test("it deploys, serves and goes again", async () => {
  await pulumi("stack", "init", "test-package");
  expect(await pulumi("up", "--yes", "--skip-preview")).toContain("2 new replicas in");
  const answer = await fetch(`http://${address}:8090/`);
  expect(await answer.json()).toMatchObject({ version: "v1", host: "h2" });
  await pulumi("destroy", "--yes");
  await expect(fetch(`http://${address}:8090/`)).rejects.toThrow("fetch failed");
});

function pulumi(...args: string[]): Promise<string> {
  return pulumiWith({}, ...args);
}

async function pulumiWith(environment: Record<string, string>, ...args: string[]): Promise<string> {
  const { stdout } = await execa("pulumi", args, {
    cwd: folder,
    env: {
      ...toolEnvironment(),
      PULUMI_BACKEND_URL: fileBackend(path.join(folder, "state")),
      PULUMI_CONFIG_PASSPHRASE: "for this test only",
      ...environment,
    },
    extendEnv: false,
  });
  return stdout;
}
