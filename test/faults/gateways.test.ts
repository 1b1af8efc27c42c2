import { beforeAll, describe, expect, test } from "vitest";
import type { TestConfig } from "../support/stack.ts";
import { Acceptance } from "../support/acceptance.ts";
import { figure, requestFigures, seconds } from "../support/figures.ts";
import { now } from "../support/load/types.ts";
import { Posts } from "../support/posts.ts";
import { Watch, type ContainerEvent } from "../support/watch.ts";

let acceptance: Acceptance;

beforeAll(async () => {
  acceptance = await Acceptance.open();
  await acceptance.deployWeb("v1");
});

/** From when to when each host was without a gateway, in the order of time. */
function absences(events: ContainerEvent[]): { host: string; from: number; to: number }[] {
  const ofGateways = events.filter(({ name }) => name.includes("-gateway-"));
  return ofGateways
    .filter(({ action }) => action === "kill")
    .map(({ host, at }) => ({
      host,
      from: at,
      to:
        ofGateways.find((event) => event.host === host && event.action === "start" && event.at > at)?.at ??
        Infinity,
    }));
}

/** A load of every kind of request while the configuration changes; no request may fail, and no post be taken twice. */
async function changed(what: string, config: TestConfig): Promise<void> {
  const { hosts, stack } = acceptance;
  await stack.configure(config);
  const posts = await Posts.count(hosts, stack.name);
  await using load = await acceptance.load();
  await using watch = new Watch(hosts, stack.name);
  const { commanded } = await stack.up();
  const took = now() - commanded;
  await load.answers(100);
  await load.stop();
  const ids = load.results.flatMap(({ id }) => id ?? []);
  const summary = load.summary({ versions: ["v1"], counted: await posts.stop(ids) });
  const out = absences(watch.events);
  figure(what, {
    took: seconds(took),
    ...requestFigures(summary),
    "a gateway is away for": out.map(({ from, to }) => seconds(to - from)).join(" "),
  });
  expect(summary).toMatchObject({ failed: 0, examples: [] });
  expect(out.map(({ host }) => host)).toEqual(hosts.map(({ name }) => name));
  for (const [index, { from }] of out.entries()) expect(from).toBeGreaterThan(out[index - 1]?.to ?? 0);
}

describe("a change of every gateway", () => {
  test("key: one host after the other, no request lost", async () => {
    await changed("new key for the gateways", { gatewayKeyVersion: 2 });
  });
});
