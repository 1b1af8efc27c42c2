import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { Acceptance } from "../support/acceptance.ts";
import { containers, type RunningContainer } from "../support/containers.ts";
import type { Summary } from "../support/load.ts";
import { containerSteps, type Update } from "../support/update.ts";
import { Watch } from "../support/watch.ts";
import { webService } from "../support/web.ts";

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

describe("it says in words what will happen", () => {
  const words = (update: Update) =>
    update.output.split("\n").filter((line) => line.startsWith("web: ") || line.startsWith("api: "));

  test("of a release", () => {
    expect(words(preview)).toEqual(["web: 5 replicas, handover-example:v1 -> v2, one step; hosts unchanged"]);
  });

  test("of fewer replicas, and of a service that is new", async () => {
    const api = webService("v1", { replicas: 2, routes: [{ path: "/api" }] });
    await acceptance.stack.configure({ services: { web: webService("v1", { replicas: 4 }), api } });
    expect(words(await acceptance.stack.preview()).sort()).toEqual([
      expect.stringMatching(/^api: first deployment: 2 replicas of handover-example:v1 on h\d, h\d$/),
      expect.stringMatching(/^web: 5 -> 4 replicas, handover-example:v1; fewer on h\d$/),
    ]);
  });

  test("of a host that is emptied", async () => {
    const { hosts } = await acceptance.stack.config();
    await acceptance.configureWeb("v1");
    await acceptance.stack.configure({ hosts: { ...hosts, h5: { ...hosts["h5"]!, state: "drain" } } });
    const said = words(await acceptance.stack.preview());
    await acceptance.stack.configure({ hosts });
    expect(said).toEqual([
      expect.stringMatching(/^web: 5 replicas, handover-example:v1; moves from h5 to h\d$/),
    ]);
  });

  test("nothing where nothing changes", async () => {
    await acceptance.configureWeb("v1");
    expect(words(await acceptance.stack.preview())).toEqual([]);
  });
});
