import { until } from "../until.ts";
import { hardStopAfterSeconds } from "./baseConfig.ts";
import { EdgeError } from "./edgeError.ts";
import type { RuntimeApi } from "./runtimeApi.ts";

const startsWithin = 15_000;
const leavesWithin = (hardStopAfterSeconds + 10) * 1000;

/**
 * Lets the edge read its files again: a new worker takes over, while the old one serves what it has.
 * @throws EdgeError when no new worker takes over; the old one then goes on as before
 */
export async function reload(api: RuntimeApi, host: string): Promise<void> {
  const before = workers(await api.master("show proc"));
  // From 2.7 on the answer says how it went; 2.6 closes the connection at once.
  const answer = await api.master("reload").catch(() => "");
  if (/^Success=0/m.test(answer)) throw new EdgeError(host, `the reload failed: ${answer.trim()}`);

  const took = await until(
    async () => {
      // While the master begins anew nobody answers for a moment.
      const { current } = workers(await api.master("show proc").catch(() => ""));
      if (current === undefined || current === before.current) return false;
      const info = await api.ask("show info").catch(() => "");
      return info.includes(`Pid: ${current}\n`);
    },
    { within: startsWithin, every: 50 },
  );
  if (!took) {
    throw new EdgeError(
      host,
      `no new worker within ${startsWithin / 1000} s of the reload; the old one serves on`,
    );
  }
}

/**
 * Waits until no worker is left from before the last reload: it still serves with the old set.
 * @throws EdgeError when one stays beyond the time after which HAProxy cuts what is left, or nobody wants to wait
 */
export async function oldWorkersGone(api: RuntimeApi, host: string, stop?: AbortSignal): Promise<void> {
  const gone = await until(async () => workers(await api.master("show proc")).old.length === 0, {
    within: leavesWithin,
    stop,
  });
  if (!gone && stop?.aborted)
    throw new EdgeError(host, "interrupted while a worker from before the last reload finishes what it has");
  if (!gone)
    throw new EdgeError(host, `a worker from before the last reload is still there: restart the edge`);
}

/** `show proc`: the worker under `# workers`, and those that still finish under `# old workers`. */
export function workers(answer: string): { current: string | undefined; old: string[] } {
  const of = (heading: string) =>
    (answer.split(/^# /m).find((section) => section.startsWith(`${heading}\n`)) ?? "")
      .split("\n")
      .slice(1)
      .flatMap((line) => /^(\d+)\s+worker/.exec(line)?.[1] ?? []);
  return { current: of("workers").at(-1), old: of("old workers") };
}
