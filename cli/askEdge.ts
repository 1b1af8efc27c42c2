import { setTimeout as wait } from "node:timers/promises";
import { backendName } from "../components/edge/backendConfig.ts";
import type { BackendCounters, ServerStatus } from "../components/edge/edge.ts";
import { holdsMap, parseHold, parseWaiting, type EdgeTime, type Hold } from "../components/edge/holds.ts";
import { mapEntries } from "../components/edge/maps.ts";
import { Relay } from "../components/edge/relay.ts";
import { command, RuntimeApi } from "../components/edge/runtimeApi.ts";
import { backendCounters, serverStatuses } from "../components/edge/status.ts";
import type { EdgeDocument } from "../components/rollout/document.ts";
import { answersWithin } from "./askHost.ts";

/** What one edge has of one service. */
export interface EdgeService {
  servers: ServerStatus[];
  counters: BackendCounters;
  /** What the edge does with requests in place of handing them on. */
  hold?: Hold | undefined;
  /** Requests that wait in a pause. */
  waiting?: number;
}

/** What an edge answered, or why it did not. */
export type EdgeAnswer =
  | { reachable: true; version: string; services: Record<string, EdgeService>; now?: EdgeTime }
  | { reachable: false; problem: string };

/** Asks an edge about several services in one conversation. One that does not answer is an answer, too. */
export async function askEdge(edge: EdgeDocument, services: string[]): Promise<EdgeAnswer> {
  const relay = new Relay(edge);
  const late = new AbortController();
  try {
    return await Promise.race([
      ask(new RuntimeApi(relay, edge.host), services),
      wait(answersWithin, undefined, { signal: late.signal }).then(() => {
        throw new Error(`no answer within ${answersWithin / 1000} s`);
      }),
    ]);
  } catch (error) {
    return { reachable: false, problem: (error as Error).message.replace(`edge on ${edge.host}: `, "") };
  } finally {
    late.abort();
    // Nobody waits for the end of a conversation that may have stalled.
    void relay.close().catch(() => {});
  }
}

async function ask(api: RuntimeApi, services: string[]): Promise<EdgeAnswer> {
  const info = await api.ask("show info");
  // An edge that an earlier version has started knows neither.
  const pauses = parseWaiting(await api.ask("show waiting"));
  const holds = await mapEntries(api, holdsMap);
  const found: Record<string, EdgeService> = {};
  for (const service of services) {
    const backend = backendName(service);
    const state = await api.ask(command("show servers state", backend));
    const servers = await api.ask(command("show stat", backend, 4, -1));
    const counters = await api.ask(command("show stat", backend, 2, -1));
    found[service] = {
      servers: serverStatuses(state, servers),
      counters: backendCounters(counters),
      hold: parseHold(holds?.get(backend)),
      waiting: pauses?.requests.get(backend) ?? 0,
    };
  }
  const version = /^Version: (\S+)/m.exec(info)?.[1] ?? "unknown";
  return { reachable: true, version, services: found, now: pauses?.now };
}
