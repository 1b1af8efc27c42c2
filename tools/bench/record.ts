import { stretches, type Band, type Recording, type Step } from "../../cli/picture/recording.ts";
import type { Result } from "../../test/support/load/types.ts";

export interface Seen {
  title: string;
  results: Result[];
  from: number;
  to: number;
  versions: [old: string, young: string];
  bands: Band[];
  movedAt: number | null;
  commandedAt: number;
  /** In milliseconds. */
  bothVersions: number;
}

/**
 * What the load generator saw of a release, in stretches of time of which one begins with the first answer of the new
 * version: so that none has both versions in it only because it is long.
 */
export function recordingOf({ results, ...seen }: Seen): Recording {
  const { from, to, versions } = seen;
  const good = results.filter(({ error }) => error === undefined);
  const young = good.filter(({ version }) => version === versions[1]);
  const anchor = young.reduce((first, { end }) => Math.min(first, end), Infinity);
  const shown = results.filter(({ end }) => end >= from && end < to);
  return {
    ...seen,
    seenBy: "as the load generator saw it",
    times: "the median, and the slowest (thin)",
    steps: inSteps(results, { from, to, anchor }),
    requests: shown.length,
    failed: shown.filter(({ error }) => error !== undefined).length,
  };
}

function inSteps(results: Result[], shown: { from: number; to: number; anchor: number }): Step[] {
  return stretches(shown).map(({ from, to }) => {
    const group = results.filter(({ end }) => end >= from && end < to);
    const answers: Record<string, number> = {};
    for (const { error, version = "" } of group) {
      if (error === undefined) answers[version] = (answers[version] ?? 0) + 1;
    }
    // Those that are slow on purpose say nothing about the time to answer.
    const times = group
      .filter(({ kind, error }) => kind !== "slow" && error === undefined)
      .map((result) => result.end - result.start)
      .sort((a, b) => a - b);
    return {
      from,
      to,
      answers,
      failures: group.filter(({ error }) => error !== undefined).length,
      usual: times[Math.floor(times.length / 2)] ?? null,
      slowest: times.at(-1) ?? null,
    };
  });
}
