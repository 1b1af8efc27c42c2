import { timeOfDay, type Result } from "../../test/support/load/types.ts";

/** Something that is wrong for a time. Times are milliseconds since the epoch. */
interface Fault {
  hosts: string[];
  from: number;
  /** `Infinity` as long as it lasts. */
  to: number;
  /** How many replicas served on what fails when it began. */
  replicas: number;
  /** Until when posts can be on their way to it. */
  takesPostsUntil: number;
}

/** Which versions may answer, and how many replicas have to serve. */
interface Period {
  from: number;
  to: number;
  versions: ReadonlySet<string>;
  replicas: number;
}

/** What one result says of the service. */
export type Verdict =
  | { kind: "good" }
  /** A post that was on its way to something that failed. */
  | { kind: "lost" }
  /** A user has seen a bad release, while it was being verified. */
  | { kind: "bad release" }
  | { kind: "violation"; what: string };

/** How long an edge may send posts to what has just failed, in milliseconds. */
const noticedWithin = 5_000;

/**
 * A container's log may lose its last lines with its host: a post that was answered so shortly before has perhaps no line
 * in it. In milliseconds.
 */
const logsAreLate = 5_000;

/** What may be seen of the service at which time, as far as it is known from what was done to it. */
export class Timeline {
  private readonly periods: Period[] = [];
  private readonly faults: Fault[] = [];

  /** From now on these versions may answer, and so many replicas have to serve. */
  expect(at: number, versions: string[], replicas: number): void {
    const last = this.periods.at(-1);
    if (last) last.to = at;
    this.periods.push({ from: at, to: Infinity, versions: new Set(versions), replicas });
  }

  /**
   * Something on these hosts fails from now on, with so many replicas that serve there.
   * @param options.nowAndThen it fails for some requests only, so that no edge notices
   * @returns what ends it
   */
  fail(at: number, hosts: string[], replicas: number, { nowAndThen = false } = {}): (at: number) => void {
    const takesPostsUntil = nowAndThen ? Infinity : at + noticedWithin;
    const fault: Fault = { hosts, from: at, to: Infinity, replicas, takesPostsUntil };
    this.faults.push(fault);
    return (end) => {
      fault.to = end;
      if (nowAndThen) fault.takesPostsUntil = end;
    };
  }

  /** How many replicas have to serve on the hosts where nothing fails, and which hosts those are not. */
  wanted(at: number): { replicas: number; failing: ReadonlySet<string> } {
    const faults = this.faults.filter(({ from, to }) => from <= at && at < to);
    const period = this.periods.find(({ from, to }) => from <= at && at < to);
    const missing = faults.reduce((sum, { replicas }) => sum + replicas, 0);
    return {
      replicas: (period?.replicas ?? 0) - missing,
      failing: new Set(faults.flatMap(({ hosts }) => hosts)),
    };
  }

  judge(result: Result): Verdict {
    const { kind, start, end, error, version } = result;
    const allowed = this.versionsIn(start, end);
    if (version !== undefined && !allowed.has(version)) {
      return violation(result, `answered by ${version}, and only ${[...allowed].join(" or ")} may answer`);
    }
    // An answer of its own making: the release is bad, and not what brought the request to it.
    if (version?.startsWith("bad")) return { kind: "bad release" };
    if (!error) return { kind: "good" };
    if (kind === "post" && this.wasOnTheWay(start, end)) return { kind: "lost" };
    return violation(result, error);
  }

  /** Whether the log may not show a post that a replica has taken. */
  mayBeForgotten({ start, end, host = "" }: Result): boolean {
    return this.faults.some(
      ({ hosts, from, to }) => hosts.includes(host) && from < end + logsAreLate && to > start,
    );
  }

  private wasOnTheWay(start: number, end: number): boolean {
    return this.faults.some(({ from, takesPostsUntil }) => from < end && start < takesPostsUntil);
  }

  private versionsIn(start: number, end: number): Set<string> {
    const periods = this.periods.filter(({ from, to }) => from < end && to > start);
    return new Set(periods.flatMap(({ versions }) => [...versions]));
  }
}

function violation({ kind, number, id, start, end, host }: Result, what: string): Verdict {
  const request = `${kind} request ${id ?? number}${host ? ` on ${host}` : ""}`;
  const time = timeOfDay(start);
  return {
    kind: "violation",
    what: `${request}, sent at ${time}: ${what} (after ${Math.round(end - start)} ms)`,
  };
}
