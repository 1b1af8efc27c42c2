import { randomBytes } from "node:crypto";
import path from "node:path";
import { execa } from "execa";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { label } from "../../../components/labels.ts";
import { localDocker } from "../../../tools/setup/docker.ts";
import { example } from "../../support/web.ts";

/** The program of a host's anchor, on this machine's engine. */
const program = path.resolve(import.meta.dirname, "../../../components/host/anchorMain.ts");
const daemon = "this-machine";

let stack: string;
let network: string;

beforeEach(async () => {
  stack = `anchor-${randomBytes(3).toString("hex")}`;
  network = `${stack}-network`;
  await docker("network", "create", ...labels(stack), network);
});

afterEach(async () => {
  const containers = await docker("ps", "--all", "--quiet", "--filter", `name=^${stack}-`);
  if (containers) await docker("rm", "--force", ...containers.split("\n"));
  if (await docker("network", "ls", "--quiet", "--filter", `name=^${network}$`))
    await docker("network", "rm", network);
});

async function docker(...args: string[]): Promise<string> {
  return (await execa("docker", ["-H", localDocker, ...args])).stdout;
}

function labels(of: string): string[] {
  const all = { [label.project]: "shop", [label.stack]: of, [label.host]: "h1", [label.daemon]: daemon };
  return Object.entries(all).flatMap(([name, value]) => ["--label", `${name}=${value}`]);
}

async function container(name: string, of: string): Promise<void> {
  await docker(
    "run",
    "--detach",
    "--name",
    `${stack}-${name}`,
    "--network",
    network,
    ...labels(of),
    example("v1"),
  );
}

function anchor(...args: string[]) {
  const input = JSON.stringify({ project: "shop", stack, host: "h1", docker: localDocker, daemon });
  return execa("node", ["--disable-warning=ExperimentalWarning", program, ...args], { input, reject: false });
}

async function left(): Promise<string[]> {
  const names = await docker("ps", "--format", "{{.Names}}", "--filter", `name=^${stack}-`);
  return names.split("\n").filter(Boolean);
}

describe("a host that is registered again", { timeout: 60_000 }, () => {
  it("is cleared of what the stack has left, and of nothing that is another's", async () => {
    await container("own", stack);
    await container("guest", `${stack}-service`);
    const { exitCode, stderr } = await anchor();
    expect(exitCode, stderr).toBe(0);
    expect(await left()).toEqual([`${stack}-guest`]);
    expect(await docker("network", "ls", "--quiet", "--filter", `name=^${network}$`)).toBe("");
  });
});

describe("a host that goes", { timeout: 60_000 }, () => {
  it("stays as it is while it runs another stack's replicas", async () => {
    await container("own", stack);
    await container("guest", `${stack}-service`);
    const { exitCode, stderr } = await anchor("delete");
    expect(exitCode).toBe(1);
    expect(stderr).toContain(`host h1: it still runs replicas of the stacks shop/${stack}-service,`);
    expect(await left()).toHaveLength(2);
  });

  it("is cleared otherwise", async () => {
    await container("own", stack);
    expect((await anchor("delete")).exitCode).toBe(0);
    expect(await left()).toEqual([]);
  });
});
