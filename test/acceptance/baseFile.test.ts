import { afterAll, beforeAll, expect, test } from "vitest";
import { localDocker } from "../../tools/setup/docker.ts";
import { Project } from "../support/project.ts";

/** Two stacks of one code base, with what they share in one file. Previews only: nothing is deployed. */
let project: Project;

const base = `config:
  handover:loadBalancer: { hosts: [h1] }
  handover:haproxyImage: handover-haproxy:local
  handover:services:
    web: { image: "handover-example:v1", replicas: 2, env: { LOG_LEVEL: info } }
    debug: { image: "handover-example:v1", routes: [{ path: /debug }] }
`;
const hosts = `  handover:hosts:
    h1: { address: 127.0.0.1, docker: "${localDocker}" }
`;
const staging = `config:
${hosts}`;
const prod = `config:
${hosts}  handover:services:
    web: { image: "handover-example:v2", replicas: 3 }
    debug: null
`;

beforeAll(async () => {
  project = await Project.create({ "Pulumi.base.yaml": base });
  for (const [stack, text] of Object.entries({ staging, prod })) {
    await project.pulumi("stack", "init", stack);
    // The salt that Pulumi has put there is not needed: there is no secret in it.
    await project.write(`Pulumi.${stack}.yaml`, text);
  }
});

afterAll(() => project[Symbol.asyncDispose]());

async function planned(stack: string): Promise<string[]> {
  const { all, exitCode } = await project.pulumi("preview", "--stack", stack, "--json");
  expect(exitCode, all).toBe(0);
  const { steps } = JSON.parse(all.slice(all.indexOf("{"))) as {
    steps: { urn: string; newState?: { type: string; inputs?: { image?: string } } }[];
  };
  return steps
    .filter(({ newState }) => newState?.type === "docker:index/container:Container")
    .map(({ urn, newState }) => `${urn.split("::").at(-1)} ${newState?.inputs?.image}`)
    .filter((line) => /^(web|debug)-/.test(line))
    .sort();
}

test("a stack has what is in the base file, and what its own file says goes over it", async () => {
  expect(await planned("staging")).toEqual([
    "debug-h1 handover-example:v1",
    "web-h1 handover-example:v1",
    "web-h1-2 handover-example:v1",
  ]);
  expect(await planned("prod")).toEqual([
    "web-h1 handover-example:v2",
    "web-h1-2 handover-example:v2",
    "web-h1-3 handover-example:v2",
  ]);
});

test("the command line reads both, and an error names the file that has it", async () => {
  await project.write("Pulumi.base.yaml", base.replace("replicas: 2", "replicas: some"));
  const { all } = await project.handover(
    "release",
    "web",
    "handover-example:v3",
    "--stack",
    "staging",
    "--preview",
  );
  expect(all).toContain("Pulumi.staging.yaml over Pulumi.base.yaml (stack staging): 1 error");
  expect(all).toContain(
    'services.web.replicas: must be a whole number from 0 to 1000, not "some" (in Pulumi.base.yaml)',
  );
  const doctor = await project.handover("doctor", "--stack", "staging", "--json");
  expect(doctor.all).toContain("edit Pulumi.base.yaml");
  await project.write("Pulumi.base.yaml", base);
});
