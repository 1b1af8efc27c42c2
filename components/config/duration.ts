import type { Duration } from "../types.ts";

export const durationAllowed =
  "a number with its unit, ms, s or m, from 1ms to 1440m (a day), such as 500ms or 2s";

const inMilliseconds = { ms: 1, s: 1000, m: 60_000 };
const longest = 24 * 60 * inMilliseconds.m;

export function isDuration(text: string): boolean {
  const value = parse(text);
  return value !== undefined && value >= 1 && value <= longest;
}

/**
 * `milliseconds("2s")` is 2000. Whole milliseconds: `"1.5s"` is 1500.
 * @throws Error when the text is not a duration
 */
export function milliseconds(duration: Duration): number {
  const value = parse(duration);
  if (value === undefined) throw new Error(`"${duration}" is not a duration: ${durationAllowed}`);
  return value;
}

function parse(text: string): number | undefined {
  const match = /^(\d{1,9}(?:\.\d{1,3})?)(ms|s|m)$/.exec(text);
  return match ? Math.round(Number(match[1]) * inMilliseconds[match[2] as "ms" | "s" | "m"]) : undefined;
}
