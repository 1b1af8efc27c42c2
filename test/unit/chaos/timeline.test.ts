import { expect, test } from "vitest";
import type { Result } from "../../support/load/types.ts";
import { Timeline } from "../../../tools/chaos/timeline.ts";

/** From 100 to 200 an update brings r2, from 300 to 400 bad3 fails; from 500 to 600 a link is bad, and from 10,000 to 20,000 h3 is off; two of five replicas are there. */
function timeline(): Timeline {
  const timeline = new Timeline();
  timeline.expect(0, ["r1"], 5);
  timeline.expect(100, ["r1", "r2"], 5);
  timeline.expect(200, ["r2"], 5);
  timeline.expect(300, ["r2", "bad3"], 5);
  timeline.expect(400, ["r2"], 5);
  timeline.fail(500, ["h3"], 2, { nowAndThen: true })(600);
  timeline.fail(10_000, ["h3"], 2)(20_000);
  return timeline;
}

function verdict(result: Partial<Result>): string {
  const given = timeline().judge({ kind: "oneRequest", number: 1, start: 0, end: 0, ...result });
  return given.kind === "violation" ? given.what : given.kind;
}

test.each([
  { what: "the present version", result: { start: 10, end: 20, version: "r1" } },
  { what: "the new version, while the update runs", result: { start: 110, end: 120, version: "r2" } },
  {
    what: "the new version, to a request from before the update",
    result: { start: 90, end: 130, version: "r2" },
  },
  {
    what: "the old version, to a request that was in flight at the end",
    result: { start: 190, end: 250, version: "r1" },
  },
])("is good: $what", ({ result }) => {
  expect(verdict(result)).toBe("good");
});

test.each([
  {
    what: "the new version before its update",
    result: { start: 10, end: 20, version: "r2" },
    says: "answered by r2, and only r1 may",
  },
  {
    what: "the old version after the update",
    result: { start: 210, end: 220, version: "r1" },
    says: "answered by r1, and only r2 may",
  },
  {
    what: "a bad release after its update",
    result: { start: 410, end: 420, version: "bad3" },
    says: "answered by bad3, and only r2 may",
  },
  {
    what: "its failure then",
    result: { start: 410, end: 420, version: "bad3", error: "status 500" },
    says: "answered by bad3",
  },
  { what: "a failure at rest", result: { start: 10, end: 20, error: "status 503" }, says: "status 503" },
  {
    what: "a failure of the old version in a bad release",
    result: { start: 310, end: 320, error: "status 500", version: "r2" },
    says: "status 500",
  },
  {
    what: "a request that may be repeated, on a host that fails",
    result: { start: 510, end: 520, error: "status 502" },
    says: "status 502",
  },
  {
    what: "a post after the fault",
    result: { kind: "post", start: 610, end: 620, error: "status 502" } as const,
    says: "status 502",
  },
])("is a violation: $what", ({ result, says }) => {
  expect(verdict(result)).toContain(says);
});

test("a post in flight on something that fails is lost, and nothing that is sent when the edges know", () => {
  const post = { kind: "post", error: "status 502" } as const;
  expect(verdict({ ...post, start: 490, end: 505 })).toBe("lost");
  expect(verdict({ ...post, start: 9_000, end: 12_000 })).toBe("lost");
  expect(verdict({ ...post, start: 14_000, end: 16_000 })).toBe("lost");
  expect(verdict({ ...post, start: 16_000, end: 16_010 })).toContain("status 502");
});

test("answers of a bad release are counted, as long as its update runs", () => {
  expect(verdict({ start: 310, end: 320, version: "bad3", error: "status 500" })).toBe("bad release");
  expect(verdict({ start: 310, end: 320, version: "bad3" })).toBe("bad release");
});

test("replicas that are on a failing host are not wanted for as long as it fails", () => {
  expect(timeline().wanted(450)).toEqual({ replicas: 5, failing: new Set() });
  expect(timeline().wanted(550)).toEqual({ replicas: 3, failing: new Set(["h3"]) });
  expect(timeline().wanted(650)).toEqual({ replicas: 5, failing: new Set() });
});

test("a post that was taken shortly before its host failed may be missing in the log, on that host only", () => {
  const post = { kind: "post", number: 1, start: 400, end: 410 } as const;
  expect(timeline().mayBeForgotten({ ...post, host: "h3" })).toBe(true);
  expect(timeline().mayBeForgotten({ ...post, host: "h4" })).toBe(false);
  expect(timeline().mayBeForgotten({ ...post, host: "h3", start: 610, end: 620 })).toBe(false);
});
