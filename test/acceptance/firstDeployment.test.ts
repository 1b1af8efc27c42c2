import { beforeAll, expect, test } from "vitest";
import { Acceptance } from "../support/acceptance.ts";
import { figure, requestFigures, seconds } from "../support/figures.ts";
import { example } from "../support/web.ts";
import { Load, type Summary } from "../support/load.ts";
import { now } from "../support/load/types.ts";

let acceptance: Acceptance;
let afterwards: Summary;

beforeAll(async () => {
  acceptance = await Acceptance.open();
  const { stack, url } = acceptance;
  await stack.destroy();
  await acceptance.configureWeb("v1");
  const { commanded } = await stack.up();
  const took = now() - commanded;

  // From the very end of the command every request counts.
  await using load = await Load.start({ url });
  await load.answers(500);
  await load.stop();
  afterwards = load.summary({ versions: ["v1"] });
  figure("first deployment", { "command to end": seconds(took), ...requestFigures(afterwards) });
});

test("when the update ends, every request is answered", () => {
  expect(afterwards).toMatchObject({ failed: 0, examples: [] });
});

test("five replicas run on five hosts, one on each", async () => {
  const replicas = await acceptance.replicas();
  expect(replicas.map(({ host, image, state }) => ({ host, image, state }))).toEqual(
    acceptance.hosts.map(({ name }) => ({ host: name, image: example("v1"), state: "running" })),
  );
});

test("the edge balances over all of them", () => {
  const shares = Object.values(afterwards.replicas).map((answers) => answers / afterwards.answered);
  expect(shares).toHaveLength(5);
  for (const share of shares) expect(share).toBeCloseTo(1 / 5, 0.1);
});

test("the outputs say where to reach it and where each replica runs", async () => {
  const { urls, replicas } = await acceptance.stack.outputs();
  expect(urls?.value).toEqual([acceptance.url]);
  const running = await acceptance.replicas();
  expect(replicas?.value.web).toEqual(
    running.map(({ host, name }) => ({ name: `web-${host}`, host, container: name })),
  );
});

test("an update without a change of the configuration changes nothing", async () => {
  const before = await acceptance.replicas();
  const { changes } = await acceptance.stack.up({ expectNoChanges: true });
  expect(Object.keys(changes)).toEqual(["same"]);
  expect(await acceptance.replicas()).toEqual(before);
});
