import type { Stream } from "./edge.ts";
import { command, type RuntimeApi } from "./runtimeApi.ts";

/** The answers that go on, of servers of one backend: their headers have been sent, their end has not. */
export async function longAnswers(api: RuntimeApi, backend: string, names: string[]): Promise<Stream[]> {
  const wanted = new Set(names);
  return parseStreams(await api.ask(command("show sess all")), backend).filter(({ server }) =>
    wanted.has(server),
  );
}

/** Cuts streams. One that has ended by itself is no error. */
export async function cutStreams(api: RuntimeApi, streams: Stream[]): Promise<void> {
  for (const { id } of streams) await api.attempt(command("shutdown session", id));
}

/** `show sess all`: for each stream a line that begins with its address, and lines with more of it, set in. */
export function parseStreams(answer: string, backend: string): Stream[] {
  return answer.split(/^(?=0x[0-9a-f]+: )/m).flatMap((text) => {
    const id = /^0x[0-9a-f]+/.exec(text)?.[0];
    const server = /^\s+server=(\S+) \(id=/m.exec(text)?.[1];
    const status = Number(/\bstatus=(-?\d+) req\.st=/.exec(text)?.[1] ?? 0);
    const age = seconds(/\bage=(\S+?)\)?$/m.exec(text)?.[1] ?? "");
    const begun = status >= 100;
    if (!id || !server || !begun || !text.includes(`backend=${backend} `)) return [];
    return [{ id, server, age }];
  });
}

/** `1m3s` is 63. */
function seconds(text: string): number {
  const units: Record<string, number> = { d: 86_400, h: 3600, m: 60, s: 1 };
  return [...text.matchAll(/(\d+)([dhms])/g)].reduce(
    (sum, [, number, unit]) => sum + Number(number) * (units[unit ?? ""] ?? 0),
    0,
  );
}
