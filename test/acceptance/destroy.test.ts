import { beforeAll, expect, test } from "vitest";
import { labProcesses } from "../support/processes.ts";
import { Acceptance } from "../support/acceptance.ts";
import { everythingOf } from "../support/containers.ts";

let acceptance: Acceptance;

beforeAll(async () => {
  acceptance = await Acceptance.open();
  const { hosts, stack } = acceptance;
  await acceptance.deployWeb("v1");
  // Five replicas, five gateways and five networks, an edge and its volume.
  expect(await everythingOf(hosts, stack.name)).toHaveLength(17);
  expect(await labProcesses(hosts)).not.toEqual([]);
  await stack.destroy();
});

test("no container, network or volume of the stack is left", async () => {
  expect(await everythingOf(acceptance.hosts, acceptance.stack.name)).toEqual([]);
});

test("no process is left on the hosts but those of their Docker Engines", async () => {
  expect(await labProcesses(acceptance.hosts)).toEqual([]);
});

test("nothing listens where the edge was", async () => {
  await expect(fetch(acceptance.url)).rejects.toThrow("fetch failed");
});

test("the stack's state is empty", async () => {
  const { checkpoint } = JSON.parse(await acceptance.stack.storedState());
  expect(checkpoint.latest.resources ?? []).toEqual([]);
});
