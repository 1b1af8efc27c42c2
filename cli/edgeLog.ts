import { docker } from "../components/docker/docker.ts";
import type { EdgeDocument } from "../components/rollout/document.ts";
import { answersWithin } from "./askHost.ts";
import { quantile } from "./quantile.ts";

/** How much of an edge's log is read. */
const read = ["--since", "60s", "--tail", "2000"];

/** The time that 95 of a hundred answers began within, in milliseconds, by {@link serverKey}. */
export type Percentiles = ReadonlyMap<string, number>;

/** What a server is called among those of all services. */
export const serverKey = (backend: string, server: string): string => `${backend}/${server}`;

/**
 * The percentiles of each server's answers in the last minute: of the last 2,000 requests at the most. HAProxy counts
 * none, so they are reckoned from its log. An edge whose log cannot be read has none.
 */
export async function percentiles(edge: EdgeDocument): Promise<Percentiles> {
  const host = { name: edge.host, docker: edge.docker };
  const log = await docker(host, ["logs", ...read, edge.container], { within: answersWithin }).catch(
    () => "",
  );
  return percentilesIn(log);
}

/** @param log the lines of an edge, those that are no requests among them */
export function percentilesIn(log: string): Percentiles {
  const times = new Map<string, number[]>();
  for (const line of log.split("\n")) {
    const { backend, server, ms_response: took } = requestIn(line) ?? {};
    // Below zero: there was no answer.
    if (backend === undefined || server === undefined || took === undefined || took < 0) continue;
    const key = serverKey(backend, server);
    const all = times.get(key);
    if (all) all.push(took);
    else times.set(key, [took]);
  }
  return new Map([...times].map(([key, all]) => [key, quantile(all, 0.95)]));
}

function requestIn(line: string): { backend?: string; server?: string; ms_response?: number } | undefined {
  if (!line.startsWith("{")) return undefined;
  try {
    return JSON.parse(line) as object;
  } catch {
    return undefined;
  }
}
