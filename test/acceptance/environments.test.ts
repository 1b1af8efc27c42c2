import { afterAll, beforeAll, expect, test } from "vitest";
import { localDocker } from "../../tools/setup/docker.ts";
import { Cli } from "../support/cli.ts";
import { freePort } from "../support/freePort.ts";
import { Registry } from "../support/registry.ts";
import { TestStack } from "../support/stack.ts";
import { containerSteps, type Update } from "../support/update.ts";

/**
 * From one stack to the next, with a real registry. On this machine's own engine: the registry is on loopback, where an
 * engine needs no certificate.
 */
let registry: Registry;
let staging: TestStack;
let prod: TestStack;
let ports: { staging: number; prod: number };
let tested: { image: string; digest: string };

beforeAll(async () => {
  registry = await Registry.start();
  staging = await TestStack.create();
  prod = await staging.beside();
  ports = { staging: await freePort(), prod: await freePort() };
  tested = await registry.push("handover-example:v1", "acme/web:1.4");
  await onThisMachine(staging, ports.staging, tested.image);
  await onThisMachine(prod, ports.prod, "handover-example:v3");
  await staging.up();
});

afterAll(async () => {
  await prod.destroy();
  await prod.removeFile();
  await staging.destroy();
  await staging.remove();
  await registry[Symbol.asyncDispose]();
});

async function onThisMachine(stack: TestStack, port: number, image: string): Promise<void> {
  const host = { address: "127.0.0.1", docker: localDocker, gatewayPort: await freePort() };
  await stack.configure({
    hosts: { h1: host },
    loadBalancer: { hosts: ["h1"], port, statsPort: await freePort() },
    services: { web: { image, healthCheck: { path: "/healthz", interval: "1s" } } },
  });
}

async function answering(port: number): Promise<string> {
  const answer = (await (await fetch(`http://127.0.0.1:${port}/`)).json()) as { version: string };
  return answer.version;
}

const imagesOf = (update: Update) =>
  containerSteps(update, "create", "create-replacement")
    .filter(({ name }) => name.startsWith("web-"))
    .map(({ inputs }) => inputs["image"]);

test("a tag is the digest that it has in the registry, and a preview says so when it moves", async () => {
  const pinned = `${tested.image}@${tested.digest}`;
  expect((await staging.outputs())["images"]?.value).toEqual({ web: pinned });
  expect(await answering(ports.staging)).toBe("v1");
  expect(Object.keys((await staging.preview()).changes)).toEqual(["same"]);

  const moved = await registry.push("handover-example:v2", "acme/web:1.4");
  expect(moved.digest).not.toBe(tested.digest);
  expect(imagesOf(await staging.preview())).toEqual([`${tested.image}@${moved.digest}`]);
});

test("a registry that does not answer changes nothing, and is named", async () => {
  await registry.stop();
  const preview = await staging.preview();
  await registry.resume();
  expect(Object.keys(preview.changes)).toEqual(["same"]);
  expect(preview.diagnostics).toContain(
    `${tested.image}: ${registry.name} does not answer (ECONNREFUSED); it keeps the digest of the last update.`,
  );
});

test("what was tested in one stack is what the next one gets, whatever its tag means by now", async () => {
  await using cli = await Cli.install(staging.location);
  const pinned = `${tested.image}@${tested.digest}`;
  const promote = ["promote", "web", "--from", staging.name, "--to", prod.name, "--yes", "--json"];
  const { exitCode, stdout, all } = await cli.start(promote);
  expect(exitCode, all).toBe(0);
  expect(JSON.parse(stdout)).toMatchObject({ outcome: "released", image: pinned });
  expect((await prod.config()).services["web"]?.image).toBe(pinned);
  expect(await answering(ports.prod)).toBe("v1");

  const status = await cli.start(["status", "--stack", staging.name]);
  expect(status.stdout).not.toContain("differences");
});
