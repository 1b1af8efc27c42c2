import { readFileSync } from "node:fs";
import path from "node:path";
import type { Page } from "playwright-core";
import { afterAll, afterEach, beforeAll, expect, test } from "vitest";
import { serveDashboard, type DashboardServer } from "../../../cli/dashboard/server.ts";
import { Browser, phone, type Look } from "../../support/browser.ts";
import { history, now, snapshot, SourceDouble, type Given } from "./scene.ts";

const faintTexts = readFileSync(path.join(import.meta.dirname, "faintTexts.js"), "utf8");

/** The page in a real browser, told what a test wants. */
let browser: Browser;
let source: SourceDouble;
let server: DashboardServer;
let page: Page | undefined;
let complaints: string[];

beforeAll(async () => {
  browser = await Browser.start();
}, 300_000);

afterAll(() => browser[Symbol.asyncDispose]());

afterEach(async () => {
  await page?.close();
  await server.close();
  expect(complaints).toEqual([]);
});

async function show(given: Given = {}, look: Look = {}): Promise<Page> {
  const first = snapshot(given);
  source = new SourceDouble(first, history(first, undefined));
  server = await serveDashboard(source, { port: 0 });
  complaints = [];
  page = await browser.open(server.url, look);
  page.on("console", (message) => message.type() === "error" && complaints.push(message.text()));
  page.on("pageerror", ({ message }) => complaints.push(message));
  await page.waitForSelector(".map");
  return page;
}

const textOf = async (page: Page, selector: string) =>
  (await page.locator(selector).allInnerTexts()).map((text) => text.replace(/\s+/g, " ").trim());

/** What a screen reader is told there is. */
const spoken = (page: Page) => page.locator("body").ariaSnapshot();

test("hosts as boxes, replicas in them by version and health, traffic from the edge", async () => {
  const page = await show();
  expect(await textOf(page, ".headline")).toEqual(["✓ Everything is as the stack wants it"]);
  expect(await textOf(page, ".edge")).toEqual(["Edge on h1 HAProxy 3.2.1 168 requests/s"]);
  expect(await textOf(page, ".host h3")).toEqual([
    "h1 10.0.0.11",
    "h2 10.0.0.12",
    "h3 10.0.0.13",
    "h4 10.0.0.14",
    "h5 10.0.0.15",
  ]);
  expect(await textOf(page, "[data-host=h3] summary")).toEqual(["web-h3 1.4 ✓ serving 33.6/s"]);
  expect(await page.locator("path.stream").count()).toBe(5);
  expect(await textOf(page, "figcaption strong")).toEqual(["168/s", "0/s", "12 ms"]);
});

test("a release as it happens", async () => {
  const page = await show();
  const told = async (given: Given) => {
    source.tell(snapshot(given, source.latest!.at + 1_000));
    await page.waitForSelector(`.rollout[data-phase=${given.rollout!.phase}]`);
  };
  const took = { declare: 130, stage: 110 };
  await told({ versions: ["v1", "v2"], healthy: 3, rollout: { runs: true, phase: "healthy", took } });
  expect(await textOf(page, ".headline")).toEqual(["… An update is under way"]);
  expect((await textOf(page, ".sentence"))[0]).toMatch(
    /^web: 3 of 5 new replicas are healthy, 1 min 5\d s left$/,
  );
  expect((await textOf(page, "[aria-current=step]"))[0]).toMatch(/^healthy 2\.0 s now$/);
  expect(await textOf(page, "[data-host=h1] summary")).toEqual([
    "web-h1 1.4 ✓ serving 33.6/s",
    "web-h1 1.5 … healthy, waits 0/s",
  ]);
  expect((await textOf(page, "[data-host=h5] summary"))[1]).toBe("web-h5 1.5 … starting 0/s");
  // What a screen reader says aloud does not change with every second.
  expect(await textOf(page, "#announcement")).toEqual([
    "web: 3 of 5 new replicas are healthy. An update is under way",
  ]);

  const movedAt = source.latest!.at;
  await told({
    versions: ["v1", "v2"],
    serving: "v2",
    rollout: { runs: true, phase: "drain", took, movedAt },
  });
  expect((await textOf(page, ".sentence"))[0]).toBe("web: 1.5 serves; the old replicas finish 5 requests");
  expect(await textOf(page, ".services li")).toEqual(["web 1.5 5 of 5 serving"]);
  expect((await textOf(page, ".share"))[0]).toBe("100 %");
  expect(await page.locator("line.moved").count()).toBe(3);
  expect(await page.locator("path.stream.v1").count()).toBe(5);
});

test("a host that does not answer: where, and the command", async () => {
  const page = await show({ dead: ["h4"] });
  expect(await textOf(page, ".headline")).toEqual(["✗ 1 difference from what the stack wants"]);
  expect(await textOf(page, "[data-host=h4] .problem")).toEqual(["✗ does not answer: no answer within 5 s"]);
  expect(await textOf(page, ".mend code")).toEqual(["handover lost h4 --stack prod"]);
  expect(await page.locator("path.stream").count()).toBe(4);
});

test("with the keyboard alone: a replica's details, and a moment of the past", async () => {
  const page = await show();
  const focused = () =>
    page.evaluate<string>(`document.activeElement.textContent.replace(/\s+/g, " ").trim()`);
  await page.keyboard.press("Tab");
  expect(await focused()).toBe("To the content");
  await page.keyboard.press("Tab");
  expect(await focused()).toContain("web-h1");
  await page.keyboard.press("Enter");
  expect((await textOf(page, "[data-host=h1] dl"))[0]).toContain(
    "container web-h1-a1b2c3d image acme/web:1.4",
  );
  // News do not close what is open, and leave the focus where it is.
  source.tell(snapshot({ load: 50 }, now + 1_000));
  await page.locator(".edge .number", { hasText: /^50/ }).waitFor();
  expect(await page.locator("[data-host=h1] details[open]").count()).toBe(1);
  expect(await focused()).toContain("web-h1");
  const slider = page.getByRole("slider");
  await slider.focus();
  await page.keyboard.press("Home");
  expect(await slider.getAttribute("aria-valuetext")).toMatch(
    /^\d\d:\d\d:\d\d; \d+ requests per second \(1\.4 \d+\); 0 failures per second; \d+ milliseconds to answer$/,
  );
});

test("for a screen reader: landmarks, headings, lists with names", async () => {
  const page = await show({ versions: ["v1", "v2"], rollout: { runs: true } });
  const tree = await spoken(page);
  for (const part of [
    "- banner:",
    "- main:",
    'heading "shop / prod" [level=1]',
    'heading "Release of web 1.5" [level=2]',
    'list "Replicas on h3"',
    'heading "h3 10.0.0.13" [level=3]',
    'img "Requests of web over the last five minutes; now 168/s"',
    "- status:",
  ]) {
    expect(tree).toContain(part);
  }
});

test("at the width of a phone nothing is cut off or needs scrolling to the side", async () => {
  const page = await show(
    { versions: ["v1", "v2"], dead: ["h4"], rollout: { runs: true } },
    { viewport: phone },
  );
  const tooWide = await page.evaluate(`
    [...document.querySelectorAll("main *, header *")]
      .filter(
        (element) =>
          !element.closest("svg, .hidden") && element.getBoundingClientRect().right > innerWidth + 0.5,
      )
      .map((element) => element.outerHTML.slice(0, 80))
  `);
  expect(tooWide).toEqual([]);
  expect(await page.evaluate("document.documentElement.scrollWidth <= innerWidth")).toBe(true);
});

test.each(["light", "dark"] as const)("every text can be read: %s", async (colorScheme) => {
  const page = await show(
    { versions: ["v1", "v2"], dead: ["h4"], rollout: { runs: true, healthy: 2 } as Given["rollout"] },
    { colorScheme },
  );
  expect(await page.evaluate(faintTexts)).toEqual([]);
});

test("says so when it hears nothing any more, and goes on when it does", async () => {
  const page = await show();
  const port = Number(new URL(server.url).port);
  await server.close();
  await page.waitForSelector("body.stale");
  expect((await textOf(page, ".live"))[0]).toMatch(
    /^no news since .*: is handover dashboard still running\?$/,
  );
  server = await serveDashboard(source, { port });
  await page.waitForSelector("body:not(.stale)");
  // The browser's own words about the connection.
  complaints = complaints.filter((text) => !text.includes("ERR_"));
});
