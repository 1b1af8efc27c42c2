import { expect, test } from "vitest";
import { drawRelease } from "../../../cli/picture/draw.ts";
import { bandsOf, type Recording, type Told } from "../../../cli/picture/recording.ts";
import { recordingOf } from "../../../tools/bench/record.ts";
import type { Result } from "../../support/load/types.ts";

const told: Told = {
  began: 10_000,
  took: {
    declare: 100,
    stage: 200,
    healthy: 1_700,
    shift: 4,
    verify: 200,
    bake: 1_000,
    commit: 90,
    drain: 400,
    clean: 200,
  },
  movedAt: 12_010,
  end: "moved",
  phase: "clean",
  since: 13_900,
};

function recording(change: Partial<Recording> = {}): Recording {
  return {
    title: "web: v1 → v2",
    seenBy: "as the edges counted it",
    times: "on average",
    from: 8_000,
    to: 16_000,
    versions: ["v1", "v2"],
    steps: [
      { from: 11_000, to: 12_000, answers: { v1: 100 }, failures: 0, usual: 5, slowest: null },
      { from: 12_000, to: 13_000, answers: { v2: 100 }, failures: 0, usual: 6, slowest: null },
    ],
    bands: bandsOf(told, { created: 9_000, deleted: 15_000 }),
    movedAt: 12_010,
    commandedAt: null,
    requests: 200,
    failed: 0,
    bothVersions: null,
    ...change,
  };
}

test("the steps follow each other, the shift ends when the traffic moved, and the engine's are around them", () => {
  const bands = bandsOf(told, { created: 9_000, deleted: 15_000 });
  expect(bands.map(({ name }) => name)).toEqual([
    "create",
    "declare",
    "stage",
    "healthy",
    "shift",
    "verify",
    "bake",
    "commit",
    "drain",
    "clean",
    "delete",
  ]);
  expect(bands.find(({ name }) => name === "shift")).toEqual({ name: "shift", from: 12_006, to: 12_010 });
  expect(bands.find(({ name }) => name === "verify")).toEqual({ name: "verify", from: 12_010, to: 12_210 });
  expect(bands[0]).toEqual({ name: "create", from: 9_000, to: 10_000 });
  expect(bands.at(-1)).toEqual({ name: "delete", from: 13_900, to: 15_000 });
});

test("one that went back has no step after that", () => {
  const failed = {
    ...told,
    took: { declare: 100, healthy: 5_000 },
    movedAt: null,
    end: "failed",
    phase: "back",
  } as const;
  expect(bandsOf({ ...failed, since: 15_400 }, {}).map(({ name, to }) => [name, to])).toEqual([
    ["declare", 10_100],
    ["healthy", 15_100],
    ["back", 15_400],
  ]);
});

test("the picture says in words what it shows, and is well-formed whatever the names are", () => {
  const svg = drawRelease(recording({ title: `<web> & "others"`, versions: ["<1>", "v2"] }));
  expect(svg).toContain(`<title id="title">&#60;web&#62; &#38; &#34;others&#34;</title>`);
  expect(svg).toContain("200 requests, 0 failed; as the edges counted it");
  expect(svg).toContain("shift 4 ms");
  expect(svg).toContain("prefers-color-scheme: dark");
  expect(svg).not.toMatch(/NaN|undefined|Infinity|<1>/);
});

test("failures are drawn, and counted", () => {
  const steps = [{ from: 12_000, to: 13_000, answers: { v2: 90 }, failures: 10, usual: 5, slowest: null }];
  expect(drawRelease(recording({ steps, failed: 10 }))).toMatch(/<rect class="failed"/);
  const none = drawRelease(recording());
  expect(none).not.toMatch(/<rect class="failed"/);
  expect(none).toContain(">none<");
});

test("nothing came: still a picture", () => {
  const svg = drawRelease(recording({ steps: [], requests: 0, movedAt: null, bands: [] }));
  expect(svg).toContain("No requests came");
  expect(svg).not.toMatch(/NaN|Infinity/);
});

test("what a load generator saw: no stretch of time has both versions, those slow on purpose are not timed", () => {
  const result = (end: number, version: string, change: Partial<Result> = {}): Result => ({
    kind: "keepAlive",
    number: 0,
    start: end - 5,
    end,
    version,
    ...change,
  });
  const { steps, requests, failed } = recordingOf({
    title: "t",
    results: [
      ...[1_000, 1_100, 1_249, 1_331].map((end) => result(end, "v1")),
      ...[1_333, 1_400, 1_500].map((end) => result(end, "v2")),
      result(1_450, "v2", { kind: "slow", start: 0 }),
      result(1_460, "v2", { error: "status 503" }),
    ],
    from: 900,
    to: 1_700,
    versions: ["v1", "v2"],
    bands: [],
    movedAt: null,
    commandedAt: 900,
    bothVersions: 0,
  });
  expect(steps.map(({ answers }) => Object.keys(answers).length)).not.toContain(2);
  expect(steps.find(({ from }) => from === 1_333)).toMatchObject({
    answers: { v2: 4 },
    failures: 1,
    usual: 5,
    slowest: 5,
  });
  expect({ requests, failed }).toEqual({ requests: 9, failed: 1 });
});
