import { execa } from "execa";
import { beforeAll, expect, test } from "vitest";
import { Acceptance } from "../support/acceptance.ts";
import { CommandLines } from "../support/commandLines.ts";
import { containers, type RunningContainer } from "../support/containers.ts";
import type { Update } from "../support/update.ts";

const secret = "correct-horse-battery-staple";
/** What a shell, a configuration line or a template would make something else of. */
const odd = `it's "quoted"; $(id) \${HOME} \`id\` %[env] {{.Name}}\nsecond line \\ #`;

let acceptance: Acceptance;
let preview: Update;
let update: Update;
let all: RunningContainer[];
let commandLines: string[];

beforeAll(async () => {
  acceptance = await Acceptance.open();
  const { stack } = acceptance;
  await stack.setSecret("databasePassword", secret);
  await acceptance.configureWeb("v1", {
    replicas: 1,
    env: { ODD: odd },
    secretEnv: { DATABASE_PASSWORD: "databasePassword" },
  });
  preview = await stack.preview();
  const watch = new CommandLines();
  update = await stack.up().finally(async () => (commandLines = await watch.end()));
  all = await containers(acceptance.hosts, stack.name);
});

/** What runs on a host. */
async function docker(container: RunningContainer, ...args: string[]): Promise<string> {
  const host = acceptance.hosts.find(({ name }) => name === container.host);
  const { all: said } = await execa("docker", ["-H", host!.docker, ...args, container.id], { all: true });
  return said;
}

async function environment(container: RunningContainer): Promise<string[]> {
  return JSON.parse(await docker(container, "inspect", "--format", "{{json .Config.Env}}"));
}

async function gatewayKey(): Promise<string> {
  const variables = await environment(all.find(({ role }) => role === "gateway")!);
  const key = variables.find((variable) => variable.startsWith("HANDOVER_GATEWAY_KEY="))?.split("=")[1] ?? "";
  expect(key.length).toBeGreaterThanOrEqual(32);
  return key;
}

test("a secret reaches the replica's environment; and every other value does, whatever stands in it", async () => {
  const variables = await environment(all.find(({ role }) => role === "replica")!);
  expect(variables).toContain(`DATABASE_PASSWORD=${secret}`);
  expect(variables).toContain(`ODD=${odd}`);
});

test("it is in plain text neither in the state nor in what the commands print", async () => {
  expect(await acceptance.stack.storedState()).not.toContain(secret);
  expect(JSON.stringify(preview)).not.toContain(secret);
  expect(JSON.stringify(update)).not.toContain(secret);
});

test("nor is the gateways' key", async () => {
  const key = await gatewayKey();
  expect(await acceptance.stack.storedState()).not.toContain(key);
  expect(JSON.stringify(update)).not.toContain(key);
});

test("both are on no command line, in no log and in no label", async () => {
  const key = await gatewayKey();
  // It has looked: an edge's program is among them.
  expect(commandLines.some((line) => line.startsWith("haproxy "))).toBe(true);
  const logs = await Promise.all(all.map((container) => docker(container, "logs")));
  const labels = await Promise.all(
    all.map((container) => docker(container, "inspect", "--format", "{{json .Config.Labels}}")),
  );
  for (const text of [...commandLines, ...logs, ...labels]) {
    expect(text).not.toContain(secret);
    expect(text).not.toContain(key);
  }
});

test("each is known to the containers that need it, and to no other", async () => {
  const key = await gatewayKey();
  for (const container of all) {
    const inspected = await docker(container, "inspect");
    expect(inspected.includes(secret), container.name).toBe(container.role === "replica");
    expect(inspected.includes(key), container.name).toBe(container.role !== "replica");
  }
});
