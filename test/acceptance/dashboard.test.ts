import { rename } from "node:fs/promises";
import { execa } from "execa";
import type { Page } from "playwright-core";
import { afterAll, beforeAll, expect, inject, test } from "vitest";
import type { RolloutReport } from "../../components/rollout/report.ts";
import { answersWithin } from "../../cli/askHost.ts";
import type { Snapshot } from "../../cli/dashboard/snapshot.ts";
import { until } from "../../components/until.ts";
import { Acceptance } from "../support/acceptance.ts";
import { Browser } from "../support/browser.ts";
import { Cli } from "../support/cli.ts";
import { containers } from "../support/containers.ts";
import { webService } from "../support/web.ts";

/** The dashboard of a real stack, in a real browser, during a real release. */
const secret = "correct-horse-battery-staple";

let acceptance: Acceptance;
let cli: Cli;
let browser: Browser;
let page: Page;
let dashboard: ReturnType<Cli["spawn"]>;
/** Everything that the page was told. */
const told: string[] = [];
const snapshots = () =>
  told.filter((text) => text.startsWith('{"at"')).map((text) => JSON.parse(text) as Snapshot);

/** What the page was told of the service's requests. */
const traffic = () => snapshots().flatMap(({ traffic: { web } }) => web ?? []);

beforeAll(async () => {
  acceptance = await Acceptance.open();
  cli = await Cli.install(inject("stack"));
  browser = await Browser.start();
  await acceptance.stack.setSecret("token", secret);
  await configureWeb("v1");
  await acceptance.stack.up();
  dashboard = cli.spawn("handover", ["dashboard", "--port", "0", "--stack", acceptance.stack.name]);
  const url = await firstUrl();
  void listen(url);
  page = await browser.open(url);
});

afterAll(async () => {
  await browser[Symbol.asyncDispose]();
  dashboard.kill("SIGINT");
  expect((await dashboard).exitCode).toBe(0);
  await cli[Symbol.asyncDispose]();
});

async function configureWeb(version: string): Promise<void> {
  await acceptance.stack.configure({
    services: { web: webService(version, { secretEnv: { TOKEN: "token" } }) },
  });
}

/** What it prints when it listens. */
function firstUrl(): Promise<string> {
  return new Promise((resolve, reject) => {
    let printed = "";
    dashboard.stdout.on("data", (part: Buffer) => {
      printed += part.toString();
      const url = /http:\/\/127\.0\.0\.1:\d+\//.exec(printed)?.[0];
      if (url) resolve(url);
    });
    void dashboard.then(({ all }) => reject(new Error(`no dashboard: ${String(all)}`)));
  });
}

async function listen(url: string): Promise<void> {
  const { body } = await fetch(new URL("events", url));
  let text = "";
  try {
    for await (const part of body!.pipeThrough(new TextDecoderStream())) {
      const lines = (text + part).split("\n");
      text = lines.pop() ?? "";
      told.push(...lines.flatMap((line) => (line.startsWith("data: ") ? [line.slice(6)] : [])));
    }
  } catch {
    // The dashboard has ended.
  }
}

/** Long enough for a release on a slow machine. */
const timeout = 90_000;
const see = (selector: string, text: string | RegExp) =>
  page.locator(selector, { hasText: text }).first().waitFor({ timeout });

test("what runs where, and the requests as they come", async () => {
  await see(".headline", "Everything is as the stack wants it");
  expect(await page.locator(".host").count()).toBe(5);
  await see("[data-host=h3] .replica.good", "web-h3");
  await using load = await acceptance.load();
  await see(".edge .number", /^[1-9]\d/);
  await see("figcaption", /v1\s+[1-9]\d/);
  expect(await page.locator("path.stream.v0").count()).toBe(5);
  await load.stop();
});

test("a release as it happens, step by step", async () => {
  await using load = await acceptance.load();
  await configureWeb("v2");
  await acceptance.stack.up();
  await see(".rollout .sentence", "v2 was released");
  await see(".headline", "Everything is as the stack wants it");
  await see(".edge .number", /^[1-9]\d/);
  expect(await page.locator("path.stream.v1").count()).toBe(5);

  const seen = snapshots().flatMap(({ rollouts }) => rollouts["web"] ?? []);
  const states = seen.filter(({ image }) => image === "handover-example:v2").map(({ state }) => state);
  expect(states.filter((state, index) => state !== states[index - 1])).toEqual(
    expect.arrayContaining(["running", "moved"]),
  );
  const last = seen.at(-1)!;
  const { web: report } = (await acceptance.stack.outputs())["rollouts"]!.value as { web: RolloutReport };
  expect(last).toMatchObject({ state: "moved", took: report.phases, movedAt: Date.parse(report.movedAt!) });
  // While it ran no step of it was called a difference. On a busy machine one may be late to answer, which is no step.
  const during = snapshots().filter(({ rollouts }) => rollouts["web"]?.state === "running");
  const called = during
    .flatMap(({ status }) => status.differences)
    .filter(({ kind }) => kind !== "host-unreachable" && kind !== "edge-unreachable");
  expect(called.map(({ subject, problem }) => `${subject} ${problem}`).join("; ")).toBe("");
  // The traffic went over at the moment that the rollout names, and none of it failed. What an edge counted last is
  // shown until it answers again, for which it has its time.
  const after = () => traffic().filter(({ at }) => at > last.movedAt! + 5_000 + answersWithin);
  const shown = await until(async () => after().some(({ versions }) => (versions[1] ?? 0) > 10), {
    within: timeout,
    every: 200,
  });
  expect(shown, JSON.stringify(traffic().slice(-5))).toBe(true);
  const old = after().filter(({ versions }) => (versions[0] ?? 0) > 0);
  expect(old, JSON.stringify({ movedAt: last.movedAt, old })).toEqual([]);
  await load.stop();
  expect(load.summary({ versions: ["v1", "v2"] })).toMatchObject({ failed: 0, examples: [] });
  const failing = traffic().filter(({ failures }) => failures > 0);
  expect(failing, JSON.stringify(failing)).toEqual([]);
});

test("a host that does not answer", async () => {
  const socket = acceptance.hosts.find(({ name }) => name === "h3")!.docker.replace("unix://", "");
  await rename(socket, `${socket}.away`);
  try {
    await see("[data-host=h3].bad .problem", "does not answer: cannot connect");
    await see(".mend code", "handover lost h3");
  } finally {
    await rename(`${socket}.away`, socket);
  }
  await see(".headline", "Everything is as the stack wants it");
});

test("no secret has reached the page", async () => {
  const gateway = (await containers(acceptance.hosts, acceptance.stack.name)).find(
    ({ role }) => role === "gateway",
  );
  const host = acceptance.hosts.find(({ name }) => name === gateway?.host);
  const { stdout } = await execa("docker", ["-H", host!.docker, "inspect", gateway!.id]);
  const key = /HANDOVER_GATEWAY_KEY=([^"]+)/.exec(stdout)?.[1] ?? "";
  expect(key.length).toBeGreaterThanOrEqual(32);
  const everything = told.join("\n");
  expect(everything).toContain("handover-example:v2");
  for (const hidden of [key, secret]) expect(everything).not.toContain(hidden);
});
