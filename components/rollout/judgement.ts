import type { ServerStatus } from "../edge/edge.ts";
import type { BakeDocument } from "./document.ts";
import { count } from "./report.ts";

/** What some servers did, all edges together. */
export interface Tally {
  requests: number;
  answers: number;
  /** 5xx answers. */
  errors: number;
  /** The average time in milliseconds until an answer began; `undefined` before the first. */
  latency: number | undefined;
}

/** How much slower than before is never too slow, in milliseconds: what a cold start or a busy moment costs. */
const tolerableDelay = 250;

/** Sums up. @param earlier the same servers at the moment from which on they count, edge by edge */
export function tally(now: ServerStatus[], earlier: ServerStatus[] = []): Tally {
  const before = new Map(earlier.map((server) => [server.name, server]));
  const total = { requests: 0, answers: 0, errors: 0 };
  let [weighted, weight] = [0, 0];
  for (const server of now) {
    const start = before.get(server.name);
    // An edge that was restarted counts from nothing.
    const restarted = start !== undefined && start.requests > server.requests;
    for (const key of ["requests", "answers", "errors"] as const) {
      total[key] += Math.max(0, server[key] - (restarted ? 0 : (start?.[key] ?? 0)));
    }
    weighted += server.responseTime * server.answers;
    weight += server.answers;
  }
  return { ...total, latency: weight > 0 ? weighted / weight : undefined };
}

export function together(tallies: Tally[]): Tally {
  const sum = (key: "requests" | "answers" | "errors") => tallies.reduce((all, each) => all + each[key], 0);
  const measured = tallies.filter(({ latency }) => latency !== undefined);
  const weight = measured.reduce((all, { answers }) => all + answers, 0);
  const weighted = measured.reduce((all, { latency = 0, answers }) => all + latency * answers, 0);
  return {
    requests: sum("requests"),
    answers: sum("answers"),
    errors: sum("errors"),
    latency: weight > 0 ? weighted / weight : undefined,
  };
}

/** Whether too many of the new servers' answers are errors. @returns why, in words */
export function failsTooOften(fresh: Tally, old: Tally, limits: BakeDocument): string | undefined {
  if (fresh.answers < limits.minRequests) return undefined;
  const before = old.answers > 0 ? old.errors / old.answers : 0;
  if (leastShare(fresh.errors, fresh.answers) <= before + limits.maxErrorRate / 100) return undefined;
  return (
    `the new replicas failed ${fresh.errors} of ${count(fresh.answers, "request")} (${percent(fresh.errors / fresh.answers)}), ` +
    `the old ones ${percent(before)} before; at most ${limits.maxErrorRate} % more are allowed`
  );
}

/** Whether the new servers' answers take too long. @returns why, in words */
export function isTooSlow(fresh: Tally, old: Tally, limits: BakeDocument): string | undefined {
  if (fresh.requests < limits.minRequests || fresh.latency === undefined || old.latency === undefined)
    return undefined;
  if (fresh.latency <= old.latency * limits.maxLatencyFactor) return undefined;
  if (fresh.latency <= old.latency + tolerableDelay) return undefined;
  return (
    `the new replicas take ${Math.round(fresh.latency)} ms to answer on average, ` +
    `the old ones took ${Math.round(old.latency)} ms; at most ${limits.maxLatencyFactor} times as much is allowed`
  );
}

/**
 * The least share of failures that goes with what was seen, chance being what it is: the lower end of Wilson's interval,
 * three standard deviations wide. Ten failures of ten are enough, two of ten are not.
 */
function leastShare(failures: number, of: number): number {
  const deviations = 3;
  const share = failures / of;
  const spread = deviations ** 2 / of;
  const half = deviations * Math.sqrt((share * (1 - share)) / of + spread / (4 * of));
  return Math.max(0, (share + spread / 2 - half) / (1 + spread));
}

function percent(share: number): string {
  return `${(share * 100).toFixed(1)} %`;
}
