import { beforeAll, expect, test } from "vitest";
import { Acceptance } from "../support/acceptance.ts";
import { containers } from "../support/containers.ts";
import { execa } from "execa";
import type { Update } from "../support/update.ts";

const secret = "correct-horse-battery-staple";

let acceptance: Acceptance;
let preview: Update;
let update: Update;

beforeAll(async () => {
  acceptance = await Acceptance.open();
  const { stack } = acceptance;
  await stack.setSecret("databasePassword", secret);
  await acceptance.configureWeb("v1", { replicas: 1, secretEnv: { DATABASE_PASSWORD: "databasePassword" } });
  preview = await stack.preview();
  update = await stack.up();
});

test("a secret reaches the replica's environment", async () => {
  const [replica] = await acceptance.replicas();
  const host = acceptance.hosts.find(({ name }) => name === replica?.host);
  const inspected = await execa("docker", ["-H", host!.docker, "inspect", replica!.id]);
  expect(inspected.stdout).toContain(`DATABASE_PASSWORD=${secret}`);
});

test("it is in plain text neither in the state nor in what the commands print", async () => {
  expect(await acceptance.stack.storedState()).not.toContain(secret);
  expect(JSON.stringify(preview)).not.toContain(secret);
  expect(JSON.stringify(update)).not.toContain(secret);
});

test("nor is the gateways' key", async () => {
  const [gateway] = (await containers(acceptance.hosts, acceptance.stack.name)).filter(
    ({ role }) => role === "gateway",
  );
  const host = acceptance.hosts.find(({ name }) => name === gateway?.host);
  const { stdout } = await execa("docker", ["-H", host!.docker, "inspect", gateway!.id]);
  const key = /HANDOVER_GATEWAY_KEY=([^"]+)/.exec(stdout)?.[1] ?? "";
  expect(key.length).toBeGreaterThanOrEqual(32);
  expect(await acceptance.stack.storedState()).not.toContain(key);
  expect(JSON.stringify(update)).not.toContain(key);
});
