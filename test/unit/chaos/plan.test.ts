import { expect, test } from "vitest";
import * as fc from "fast-check";
import { firstModel, hostsThatAre, type Model } from "../../../tools/chaos/model.ts";
import { ending, plan, type PlannedStep } from "../../../tools/chaos/plan.ts";
import type { Step } from "../../../tools/chaos/step.ts";

const hosts = ["h1", "h2", "h3", "h4", "h5"];
const start = firstModel(hosts, ["h1", "h2"]);

function first(count: number, seed: number, from: Model = start): PlannedStep[] {
  const steps = plan(seed, from);
  return Array.from({ length: count }, () => steps.next().value);
}

/** Any plan, and some way into it. */
const plans = fc.integer({ min: 0, max: 2 ** 31 - 1 }).map((seed) => first(200, seed));

const touched = (step: Step): string[] => {
  if ("hosts" in step) return step.hosts;
  return "host" in step ? [step.host] : [];
};

test("the same seed is the same plan, and another seed is another one", () => {
  expect(first(100, 7)).toEqual(first(100, 7));
  expect(first(100, 7)).not.toEqual(first(100, 8));
});

test("every kind of step comes up", () => {
  const kinds = new Set(first(500, 1).map(({ step }) => step.kind));
  expect([...kinds].sort()).toEqual([
    "bad release",
    "drain",
    "edge crash",
    "edge crash in a release",
    "end of drain",
    "gateway crash",
    "interrupted release",
    "link fault",
    "link fault in a release",
    "loss",
    "loss in a release",
    "power cut",
    "release",
    "replica crash",
    "return",
    "scale",
  ]);
});

test("the host that the load goes to stays, and is not cut off", () => {
  fc.assert(
    fc.property(plans, (steps) => {
      const harmless = ["drain", "end of drain", "gateway crash"];
      const onEntrance = steps.filter(({ step }) => touched(step).includes("h1"));
      expect(onEntrance.map(({ step }) => step.kind).filter((kind) => !harmless.includes(kind))).toEqual([]);
    }),
    { numRuns: 20 },
  );
});

test("three hosts at least take replicas, and what fails or returns is where it can", () => {
  fc.assert(
    fc.property(plans, (steps) => {
      for (const { step, before, after } of steps) {
        expect(hostsThatAre(after, "active").length).toBeGreaterThanOrEqual(3);
        const failing = ["power cut", "loss", "loss in a release", "link fault", "link fault in a release"];
        if (failing.includes(step.kind)) {
          const rest = hostsThatAre(before, "active").filter((host) => !touched(step).includes(host));
          expect(rest.length).toBeGreaterThanOrEqual(3);
          expect(touched(step).map((host) => before.hosts[host])).not.toContain("lost");
        }
        if (step.kind === "return") expect(before.hosts[step.host]).toBe("lost");
        if (step.kind === "end of drain") expect(before.hosts[step.host]).toBe("drain");
        if (step.kind.startsWith("edge crash"))
          expect(touched(step).map((host) => before.hosts[host])).not.toContain("lost");
      }
    }),
    { numRuns: 20 },
  );
});

test("two hosts fail at once only where their replicas cannot be all there are", () => {
  fc.assert(
    fc.property(plans, (steps) => {
      for (const { step, before } of steps)
        if (touched(step).length > 1) expect(before.replicas).toBeGreaterThanOrEqual(5);
    }),
    { numRuns: 20 },
  );
});

test("no two releases have the same version, and a bad one is never what there is", () => {
  const steps = first(500, 3);
  const versions = steps.flatMap(({ step }) => ("to" in step ? [step.to.version] : []));
  expect(new Set(versions).size).toBe(versions.length);
  expect(
    steps.map(({ after }) => after.release.version).filter((version) => version.startsWith("bad")),
  ).toEqual([]);
});

test("with one edge no edge fails", () => {
  const steps = first(500, 4, firstModel(hosts, ["h1"]));
  expect(steps.filter(({ step }) => step.kind.startsWith("edge crash"))).toEqual([]);
});

test("the ending brings every host back, and releases once more", () => {
  const last = first(60, 5).findLast(({ after }) => hostsThatAre(after, "active").length < 5)!.after;
  const steps = ending(last);
  expect(hostsThatAre(steps.at(-1)!.after, "active")).toEqual(hosts);
  expect(steps.at(-1)!.step.kind).toBe("release");
});
