import { describe, expect, it } from "vitest";
import type { RolloutDocument } from "../../../components/rollout/document.ts";
import { streamsAllowed } from "../../../components/rollout/drain.ts";
import { failsTooOften, isTooSlow, tally, type Tally } from "../../../components/rollout/judgement.ts";
import { healthyLine, movedLine, Progress } from "../../../components/rollout/progress.ts";
import { describeReport, type RolloutReport } from "../../../components/rollout/report.ts";

const report: RolloutReport = {
  service: "web",
  outcome: "moved",
  image: "web:v2",
  entered: [{ replica: "web-h1", container: "web-h1-2", host: "h1" }],
  left: [{ container: "web-h1-1", host: "h1" }],
  edges: ["e1", "e2"],
  movedAt: "2026-01-02T03:04:05.000Z",
  phases: { healthy: 1500, shift: 4, bake: 1000 },
  traffic: { requests: 1234, failed: 0, longestGap: 0 },
  cut: 0,
  cutStreams: 0,
  leftovers: [],
  problems: [],
};

describe("the report of a release", () => {
  it("is three lines when all is well", () => {
    expect(describeReport(report)).toEqual([
      "web: traffic moved in 4 ms on 2 edges: 1 new replica in, 1 out; the rollout took 2.5 s",
      "web: replaced on h1; healthy 1.5 s, bake 1.0 s",
      "web: 1,234 requests while it ran, 0 failed, no gap",
    ]);
  });

  it("says what was replaced where, what is new and what is gone", () => {
    const on = (...hosts: string[]) => hosts.map((host) => ({ replica: "", container: "", host }));
    const places = { entered: on("h1", "h1", "h2", "h3"), left: on("h1", "h1", "h1", "h2", "h4") };
    expect(describeReport({ ...report, ...places, phases: {} })[1]).toBe(
      "web: replaced on h1 (2), h2; new on h3; gone from h1, h4; no step took long",
    );
  });

  it("says what else there was", () => {
    const more = {
      cut: 1,
      cutStreams: 2,
      leftovers: ["a", "b"],
      problems: ["host h2: no answer"],
      traffic: { requests: 1, failed: 1, longestGap: 1234 },
    };
    expect(describeReport({ ...report, ...more }).slice(2)).toEqual([
      "web: 1 request while it ran, 1 failed, longest gap 1.2 s",
      "web: 1 request of the old replicas cut when the drain time was over",
      "web: 2 long answers of the old replicas cut, one after the other",
      "web: removed what earlier runs left: a, b",
      "web: not everything could be cleared up: host h2: no answer",
    ]);
  });

  it("says that nothing had to be done", () => {
    const traffic = { requests: 0, failed: 0, longestGap: null };
    expect(describeReport({ ...report, outcome: "unchanged", traffic, entered: [], left: [] })).toEqual([
      "web: nothing had to move; the rollout took 2.5 s",
      "web: no requests came while it ran",
    ]);
  });
});

describe("progress", () => {
  it("is said when it has changed, and otherwise every five seconds", () => {
    const said: string[] = [];
    const progress = new Progress((line) => said.push(line));
    for (let tenth = 0; tenth <= 120; tenth++) {
      const healthy = tenth < 30 ? 0 : 1;
      progress.show(`web: ${healthy}/2 healthy, ${Math.floor(tenth / 10)} s`, tenth * 100);
    }
    expect(said).toEqual(["web: 0/2 healthy, 0 s", "web: 1/2 healthy, 3 s", "web: 1/2 healthy, 8 s"]);
  });
});

describe("a line of progress", () => {
  const servers = ["web-h1", "web-h2", "web-h3", "web-h4"].map((replica) => ({ replica }));
  const document = { service: "web", servers, deadline: 60_000 } as unknown as RolloutDocument;
  const waiting = (...checks: string[]) =>
    checks.map((lastCheck, index) => ({ server: document.servers[index]!, edge: "e1", lastCheck }));

  it("says how many replicas are healthy, how much time is left, and what the others wait for", () => {
    expect(healthyLine(document, waiting("not checked yet"), 0)).toBe("web: 3/4 healthy, 60 s left");
    expect(healthyLine(document, waiting("HTTP 503", "refused", "late"), 2_100)).toBe(
      "web: 1/4 healthy, 58 s left; waiting for web-h1 (HTTP 503), web-h2 (refused) and 1 more",
    );
    expect(healthyLine(document, waiting("HTTP 503"), 61_000)).toMatch(
      /, 0 s left; waiting for web-h1 \(HTTP 503\)$/,
    );
    expect(healthyLine(document, [], 3_140)).toBe("web: 4/4 healthy after 3.1 s");
  });

  it("says how the traffic is shared after it has moved", () => {
    expect(movedLine(document, { entered: 4, took: 1 })).toBe(
      "web: traffic moved in 1 ms: 100 % on 4 new replicas",
    );
    expect(movedLine(document, { entered: 1, took: 2 })).toBe(
      "web: traffic moved in 2 ms: 25 % on 1 new replica, 75 % on 3 that stay",
    );
    expect(movedLine(document, { entered: 0, took: 2 })).toBe(
      "web: traffic moved in 2 ms: 100 % on 4 that stay",
    );
  });
});

describe("the judgement", () => {
  const limits = { time: 1000, minRequests: 10, maxErrorRate: 5, maxLatencyFactor: 5 };
  const of = (errors: number, answers: number, latency?: number): Tally => ({
    requests: answers,
    answers,
    errors,
    latency,
  });
  const old = of(0, 1000, 20);

  it.each([
    [9, 9, false],
    [10, 10, true],
    [2, 10, false],
    [3, 10, true],
    [5, 50, false],
    [10, 50, true],
    [50, 1000, false],
    [55, 1000, false],
    [90, 1000, true],
    [0, 1000, false],
  ])("finds %d errors in %d answers too many: %s", (errors, answers, tooMany) => {
    expect(failsTooOften(of(errors, answers), old, limits) !== undefined).toBe(tooMany);
  });

  it("compares with what was before", () => {
    expect(failsTooOften(of(30, 100), of(300, 1000), limits)).toBeUndefined();
    expect(failsTooOften(of(80, 100), of(300, 1000), limits)).toBe(
      "the new replicas failed 80 of 100 requests (80.0 %), the old ones 30.0 % before; at most 5 % more are allowed",
    );
  });

  it.each([
    [20, 269, false],
    [20, 271, true],
    [100, 499, false],
    [100, 501, true],
    [undefined, 60_000, false],
  ])("finds that after %s ms %s ms is too slow: %s", (before, now, tooSlow) => {
    expect(isTooSlow(of(0, 100, now), of(0, 100, before), limits) !== undefined).toBe(tooSlow);
  });

  it("says nothing by few requests", () => {
    expect(isTooSlow(of(0, 9, 60_000), old, limits)).toBeUndefined();
  });

  it("counts from nothing where an edge was started again", () => {
    const server = (requests: number, errors: number) => ({
      ...{ name: "a", address: "", admin: "ready" as const, health: "up" as const, lastCheck: "", active: 0 },
      ...{ requests, answers: requests, errors, responseTime: 5 },
    });
    expect(tally([server(30, 2)], [server(20, 1)])).toEqual({
      requests: 10,
      answers: 10,
      errors: 1,
      latency: 5,
    });
    expect(tally([server(30, 2)], [server(90, 9)])).toEqual({
      requests: 30,
      answers: 30,
      errors: 2,
      latency: 5,
    });
  });
});

describe("streams that are cut", () => {
  it("go evenly, from half time on", () => {
    expect([5, 6, 7, 8, 9, 10, 11].map((second) => streamsAllowed(10, second * 1000, 10_000))).toEqual([
      10, 8, 6, 4, 2, 0, 0,
    ]);
  });
});
