import { afterAll, beforeAll, expect, test } from "vitest";
import { Acceptance } from "../support/acceptance.ts";
import { containers, type RunningContainer } from "../support/containers.ts";
import type { Summary } from "../support/load.ts";
import { containerSteps, type Update } from "../support/update.ts";
import { Watch } from "../support/watch.ts";

let acceptance: Acceptance;
let before: { containers: RunningContainer[]; state: string };
let preview: Update;
let seen: Summary;
let events: string[];

async function present(): Promise<typeof before> {
  const { hosts, stack } = acceptance;
  return { containers: await containers(hosts, stack.name), state: await stack.storedState() };
}

beforeAll(async () => {
  acceptance = await Acceptance.open();
  const { stack, hosts } = acceptance;
  await acceptance.deployWeb("v1");
  before = await present();
  await acceptance.configureWeb("v2");

  await using load = await acceptance.load();
  await using watch = new Watch(hosts, stack.name);
  preview = await stack.preview();
  await load.answers(100);
  await load.stop();
  seen = load.summary({ versions: ["v1"] });
  await watch.stop();
  events = watch.events.map(({ host, action, name }) => `${host}: ${action} ${name}`);
});

afterAll(() => acceptance.configureWeb("v1"));

test("it touches nothing: no container, no state, no request", async () => {
  expect(await present()).toEqual(before);
  expect(events).toEqual([]);
  expect(seen).toMatchObject({ failed: 0, examples: [] });
});

test("it names the five replicas that will be replaced", () => {
  expect(preview.changes.replace).toBe(5);
  const names = containerSteps(preview, "create-replacement").map(({ name }) => name);
  expect(names.sort()).toEqual(["web-h1", "web-h2", "web-h3", "web-h4", "web-h5"]);
});

test("it names the servers that will enter and leave the load balancer", () => {
  const rollout = preview.steps.find(({ name }) => name === "web-rollout");
  expect(rollout?.op).toBe("update");
  const leaving = before.containers.filter(({ service }) => service === "web").map(({ name }) => name);
  const entering = containerSteps(preview, "create-replacement").map(({ inputs }) => String(inputs.name));
  expect(new Set([...leaving, ...entering]).size).toBe(10);
  const diff = preview.output.slice(preview.output.indexOf("web-rollout"));
  for (const name of [...leaving, ...entering]) expect(diff).toContain(name);
});
