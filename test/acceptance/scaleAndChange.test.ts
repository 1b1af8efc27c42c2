import { beforeAll, expect, test } from "vitest";
import { Acceptance } from "../support/acceptance.ts";
import { figure, requestFigures } from "../support/figures.ts";
import { example, webService } from "../support/web.ts";
import type { Load } from "../support/load.ts";
import type { LoadOptions } from "../support/load/types.ts";
import type { Update } from "../support/update.ts";

let acceptance: Acceptance;

/** Runs an update under load, which must not lose a request. */
async function updateUnderLoad(
  what: string,
  loads: Partial<LoadOptions>[] = [{}],
): Promise<{ update: Update; loads: Load[] }> {
  const running = await Promise.all(loads.map((options) => acceptance.load(options)));
  try {
    const update = await acceptance.stack.up();
    await Promise.all(running.map((load) => load.answers(150)));
    await Promise.all(running.map((load) => load.stop()));
    for (const load of running) {
      const summary = load.summary({ versions: [load.options.headers?.["x-expect"] ?? "v1"] });
      figure(what, requestFigures(summary));
      expect(summary).toMatchObject({ failed: 0, examples: [] });
    }
    return { update, loads: running };
  } finally {
    await Promise.all(running.map((load) => load.stop()));
  }
}

const ids = (containers: { id: string }[]) => containers.map(({ id }) => id);

beforeAll(async () => {
  acceptance = await Acceptance.open();
  await acceptance.deployWeb("v1");
});

test("from five to seven replicas: two more, the five stay, and all seven serve", async () => {
  const before = await acceptance.replicas();
  expect(before).toHaveLength(5);
  await acceptance.configureWeb("v1", { replicas: 7 });
  const { update } = await updateUnderLoad("5 to 7 replicas");
  const after = await acceptance.replicas();
  expect(after).toHaveLength(7);
  expect(ids(after)).toEqual(expect.arrayContaining(ids(before)));
  expect(update.changes).toMatchObject({ create: 2 });
  const perHost = Object.values(Object.groupBy(after, ({ host }) => host)).map((on) => on?.length);
  expect(perHost.sort()).toEqual([1, 1, 1, 2, 2]);
  await using load = await acceptance.load();
  await load.until(({ replicas }) => Object.keys(replicas).length === 7, { what: "answers of all seven" });
});

test("from seven to three replicas: four fewer, and three of the seven stay", async () => {
  const before = await acceptance.replicas();
  expect(before).toHaveLength(7);
  await acceptance.configureWeb("v1", { replicas: 3 });
  const { update } = await updateUnderLoad("7 to 3 replicas");
  const after = await acceptance.replicas();
  expect(after).toHaveLength(3);
  expect(ids(before)).toEqual(expect.arrayContaining(ids(after)));
  expect(update.changes).toMatchObject({ delete: 4 });
  expect(new Set(after.map(({ host }) => host)).size).toBe(3);
});

test("a change of one environment value replaces every replica", async () => {
  const before = await acceptance.replicas();
  expect(before).toHaveLength(3);
  await acceptance.configureWeb("v1", { replicas: 3, env: { WARMUP: "1s", GREETING: "good morning" } });
  const { update } = await updateUnderLoad("change of one environment value");
  const after = await acceptance.replicas();
  expect(after).toHaveLength(3);
  expect(ids(before).filter((id) => ids(after).includes(id))).toEqual([]);
  expect(update.changes).toMatchObject({ replace: 3 });
});

test("a second service comes to the same edge under another host name, and goes again", async () => {
  const web = await acceptance.replicas();
  const { services } = await acceptance.stack.config();
  const api = webService("v2", { replicas: 2, routes: [{ host: "api.example.com" }] });
  await acceptance.stack.configure({ services: { ...services, api } });
  await updateUnderLoad("a second service comes");
  expect(await acceptance.replicas("web")).toEqual(web);
  const images = (await acceptance.replicas("api")).map(({ image }) => image);
  expect(images).toEqual([example("v2"), example("v2")]);

  await using apiLoad = await acceptance.load({ host: "api.example.com" });
  await using webLoad = await acceptance.load({ host: "www.example.com" });
  await Promise.all([apiLoad.answers(150), webLoad.answers(150)]);
  await apiLoad.stop();
  expect(apiLoad.summary({ versions: ["v2"] })).toMatchObject({ failed: 0, examples: [] });

  await acceptance.stack.configure({ services });
  await acceptance.stack.up();
  await webLoad.answers(150);
  await webLoad.stop();
  const summary = webLoad.summary({ versions: ["v1"] });
  figure("a second service goes", requestFigures(summary));
  expect(summary).toMatchObject({ failed: 0, examples: [] });
  expect(await acceptance.replicas("api")).toEqual([]);
  expect(await acceptance.replicas("web")).toEqual(web);
});
