import { z } from "zod";

/** Seconds since 1970, by the edge's own clock. */
export type EdgeTime = number;

export const holdSchema = z.discriminatedUnion("kind", [
  z.object({ kind: z.literal("maintenance"), retryAfter: z.int().positive() }),
  z.object({ kind: z.literal("pause"), ends: z.int().positive(), most: z.int().positive() }),
]);

/**
 * What an edge does with requests for a service in place of handing them on. `maintenance` answers each with a 503 and,
 * as its Retry-After, this many seconds. `pause` has them wait, up to a time and a number; what comes after that time or
 * beyond that number gets a 503. Either way the service's servers, their checks and its rollouts go on.
 */
export type Hold = z.infer<typeof holdSchema>;

/** The map of the services that are held, by their backends. */
export const holdsMap = "holds.map";

export function holdText(hold: Hold): string {
  return hold.kind === "maintenance" ? `maintenance:${hold.retryAfter}` : `pause:${hold.ends}:${hold.most}`;
}

export function parseHold(text: string | undefined): Hold | undefined {
  const [kind, first, second] = (text ?? "").split(":");
  const given =
    kind === "pause"
      ? { kind, ends: Number(first), most: Number(second) }
      : { kind, retryAfter: Number(first) };
  return holdSchema.safeParse(given).data;
}

/** What an edge says to `show waiting`: its time, and how many requests wait for each backend. */
export interface Waiting {
  now: EdgeTime;
  requests: ReadonlyMap<string, number>;
}

/** @returns `undefined` for an edge that knows no pauses: an older version of Handover started it */
export function parseWaiting(answer: string): Waiting | undefined {
  const numbers = new Map(
    [...answer.matchAll(/^(\S+) (\d+)$/gm)].map(([, name = "", number]) => [name, Number(number)]),
  );
  const now = numbers.get("now");
  if (now === undefined) return undefined;
  numbers.delete("now");
  return { now, requests: numbers };
}
