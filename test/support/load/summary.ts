import { timeOfDay, type Result } from "./types.ts";

export interface Expectations {
  /** The versions that may answer. @default any */
  versions?: string[];
  /** How often each posted id was counted, over all replicas. @default not checked */
  counted?: ReadonlyMap<string, number>;
  /** How long a `slow` request takes, in milliseconds. @default 2000 */
  slowness?: number;
}

export interface VersionSummary {
  answers: number;
  /** When its first answer was complete. */
  first: number;
  /** When its last answer was complete. */
  last: number;
  /** When the last request that it answered was sent. */
  lastStart: number;
  /**
   * The latest moment at which a replica of it can have taken a request: the end of the answer, less the time that a
   * `slow` request takes on purpose.
   */
  lastTaken: number;
}

export interface Summary {
  sent: number;
  answered: number;
  failed: number;
  /** Up to ten failures, in words, oldest first. */
  examples: string[];
  versions: Record<string, VersionSummary>;
  /** Answers by replica. */
  replicas: Record<string, number>;
  /** The longest time between two good answers, in milliseconds. */
  longestGap: number;
  /** The slowest good answer that was not asked to be slow, in milliseconds. */
  slowest: number;
}

/** What a load has shown. `sent` counts the requests that have no result yet, too. */
export function summarise(results: Result[], sent: number, expectations: Expectations = {}): Summary {
  const { slowness = 2000 } = expectations;
  const versions: Record<string, VersionSummary> = {};
  const replicas: Record<string, number> = {};
  const failures: { at: number; text: string }[] = [];
  const ends: number[] = [];
  let slowest = 0;
  for (const result of results) {
    const error = failure(result, expectations);
    if (error) failures.push({ at: result.start, text: `${result.kind} #${result.number}: ${error}` });
    if (!result.error) {
      ends.push(result.end);
      if (result.kind !== "slow") slowest = Math.max(slowest, result.end - result.start);
      if (result.replica) replicas[result.replica] = (replicas[result.replica] ?? 0) + 1;
      if (result.version) addTo(versions, result.version, result, result.kind === "slow" ? slowness : 0);
    }
  }
  failures.sort((a, b) => a.at - b.at);
  return {
    sent,
    answered: results.length,
    failed: failures.length,
    examples: failures.slice(0, 10).map(({ at, text }) => `${timeOfDay(at)} ${text}`),
    versions,
    replicas,
    longestGap: longestGap(ends),
    slowest,
  };
}

function failure(result: Result, { versions, counted }: Expectations): string | undefined {
  if (result.error) return `${result.error} (after ${Math.round(result.end - result.start)} ms)`;
  if (versions && !versions.includes(result.version ?? "")) return `answered by version ${result.version}`;
  if (counted && result.id !== undefined) {
    const times = counted.get(result.id) ?? 0;
    if (times !== 1) return `post ${result.id} was counted ${times} times`;
  }
  return undefined;
}

function addTo(
  versions: Record<string, VersionSummary>,
  version: string,
  { start, end }: Result,
  work: number,
): void {
  const known = versions[version];
  if (!known) {
    versions[version] = { answers: 1, first: end, last: end, lastStart: start, lastTaken: end - work };
    return;
  }
  known.answers++;
  known.first = Math.min(known.first, end);
  known.last = Math.max(known.last, end);
  known.lastStart = Math.max(known.lastStart, start);
  known.lastTaken = Math.max(known.lastTaken, end - work);
}

function longestGap(ends: number[]): number {
  const sorted = ends.sort((a, b) => a - b);
  return sorted.reduce((gap, end, i) => Math.max(gap, end - (sorted[i - 1] ?? end)), 0);
}

export interface Overlap {
  /**
   * How long after the first answer of the new version the old one still took requests, in milliseconds, 0 if it did
   * not: to the sending of the last request that it answered. Requests in flight at the shift do not count.
   */
  byStart: number;
  /**
   * The same, to the last moment at which the old version can have taken a request: an upper bound that includes the
   * way there and back. What a `slow` request takes on purpose does not count.
   */
  byAnswer: number;
}

/**
 * How long both versions took requests.
 * @throws when one of the versions has not answered at all
 */
export function overlap(summary: Summary, from: string, to: string): Overlap {
  const old = summary.versions[from];
  const young = summary.versions[to];
  if (!old || !young) {
    throw new Error(
      `no overlap of ${from} and ${to}: only ${Object.keys(summary.versions).join(", ")} answered`,
    );
  }
  return {
    byStart: Math.max(0, old.lastStart - young.first),
    byAnswer: Math.max(0, old.lastTaken - young.first),
  };
}
