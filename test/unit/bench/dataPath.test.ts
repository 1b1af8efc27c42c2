import { expect, test } from "vitest";
import { summarised, type Figures, type Sample } from "../../../tools/bench/dataPath/summary.ts";

const figures: Figures = { rate: 1000, median: 1, p99: 5, proxies: 100, application: 100 };

const sample = (round: number, way: string, change: Partial<Figures>): Sample[] =>
  (["moderate", "full"] as const).map((pace) => ({
    round,
    kind: "keep-alive",
    way,
    pace,
    ...figures,
    ...change,
  }));

test("compares what was measured in the same round, so that a slow second of the machine changes no ratio", () => {
  const { ways, costs } = summarised([
    ...sample(1, "none", { proxies: 0 }),
    ...sample(1, "one", {}),
    ...sample(1, "two", { median: 1.2, proxies: 200, rate: 800 }),
    // A machine that is ten times as slow.
    ...sample(2, "one", { median: 10, proxies: 1000, application: 1000, rate: 100 }),
    ...sample(2, "two", { median: 12, proxies: 2000, application: 1000, rate: 80 }),
    ...sample(3, "one", {}),
    ...sample(3, "two", { median: 1.2, proxies: 200, rate: 800 }),
  ]);
  expect(costs).toEqual([
    { kind: "keep-alive", beside: "one", added: 0.2, proxies: 2, path: 1.5, rate: 0.8 },
  ]);
  expect(ways.map(({ way, moderate }) => `${way} ${moderate.median}`)).toEqual([
    "none 1",
    "one 1",
    "two 1.2",
  ]);
});
