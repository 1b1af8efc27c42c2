import type { RolloutNote } from "../../components/rollout/note.ts";
import { phases, type Phase } from "../../components/rollout/report.ts";

/** A part of a release, between two moments in milliseconds since the epoch. */
export interface Band {
  name: Phase | "create" | "delete" | "back";
  from: number;
  to: number;
}

/** What was counted in a stretch of time. */
export interface Step {
  from: number;
  to: number;
  /** By version. */
  answers: Record<string, number>;
  failures: number;
  /** In milliseconds: the time to answer of most (the median, or an average), and of the slowest where it is known. */
  usual: number | null;
  slowest: number | null;
}

/** A release as it was seen: what a picture is drawn of. */
export interface Recording {
  title: string;
  /** Who has seen it: `as the edges counted it`. */
  seenBy: string;
  /** What the lines of the times to answer are: `the median, and the slowest`. */
  times: string;
  /** What is shown of it. */
  from: number;
  to: number;
  /** The old one first. */
  versions: string[];
  steps: Step[];
  bands: Band[];
  /** When the new version got the traffic. */
  movedAt: number | null;
  /** When the command was given: seconds are counted from there, otherwise from the move. */
  commandedAt: number | null;
  /** Requests and failures from the first to the last moment that is shown. */
  requests: number;
  failed: number;
  /** For how long both versions took requests, in milliseconds; `null` where nobody can say. */
  bothVersions: number | null;
}

/** How long the stretches of time are that a picture shows, in milliseconds. */
const every = 250;

/**
 * The stretches of time from one moment to another, one of which begins with the anchor: what changed then is in none of
 * them only because it is long.
 */
export function stretches({
  from,
  to,
  anchor,
}: {
  from: number;
  to: number;
  anchor: number;
}): { from: number; to: number }[] {
  const start = anchor - Math.ceil((anchor - from) / every) * every;
  return Array.from({ length: Math.max(0, Math.ceil((to - start) / every)) }, (_, index) => ({
    from: start + index * every,
    to: start + (index + 1) * every,
  }));
}

/** What a rollout has told of its steps, which followed each other without a pause. */
export type Told = Pick<RolloutNote, "began" | "took" | "movedAt" | "end" | "phase" | "since">;

/**
 * When each step of a rollout was.
 * @param around when the engine began to create containers, and when the last old one was gone
 */
export function bandsOf(told: Told, around: { created?: number; deleted?: number }): Band[] {
  const bands: Band[] = [];
  let at = told.began;
  for (const name of phases) {
    const took = told.took[name];
    if (took === undefined) continue;
    // What is known exactly is the end of the shift.
    const end = name === "shift" && told.movedAt !== null ? told.movedAt : at + took;
    bands.push({ name, from: end - took, to: end });
    at = end;
  }
  if (told.phase === "back") bands.push({ name: "back", from: at, to: Math.max(at, told.since) });
  const first = bands[0]?.from ?? told.began;
  if (around.created !== undefined && around.created < first)
    bands.unshift({ name: "create", from: around.created, to: first });
  const last = bands.at(-1)?.to ?? told.began;
  if (around.deleted !== undefined && around.deleted > last)
    bands.push({ name: "delete", from: last, to: around.deleted });
  return bands;
}
