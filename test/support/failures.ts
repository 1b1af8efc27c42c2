import type { Load } from "./load.ts";
import type { Result } from "./load/types.ts";

/** The requests of a load that have failed without an excuse, in words. */
export function failuresWithout(excuse: (failed: Result) => boolean, load: Load): string[] {
  return load.results.filter((result) => result.error && !excuse(result)).map(inWords);
}

/** Whether a request was on its way, or was sent, in a stretch of time. */
export function during({ from, to }: { from: number; to: number }): (result: Result) => boolean {
  return ({ start, end }) => start < to && end > from;
}

/** Whether a post was on its way in a stretch of time: the application may have seen it, so nobody may repeat it. */
export function postDuring(stretch: { from: number; to: number }): (result: Result) => boolean {
  const onTheWay = during(stretch);
  return (result) => result.kind === "post" && onTheWay(result);
}

function inWords({ kind, start, end, error, replica = "" }: Result): string {
  return `${kind} from ${start.toFixed(0)} to ${end.toFixed(0)}: ${error} ${replica}`.trim();
}
