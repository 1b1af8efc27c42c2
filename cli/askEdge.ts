import { setTimeout as wait } from "node:timers/promises";
import { backendName } from "../components/edge/backendConfig.ts";
import type { BackendCounters, ServerStatus } from "../components/edge/edge.ts";
import { EdgeError } from "../components/edge/edgeError.ts";
import { holdsMap, parseHold, parseWaiting, type EdgeTime, type Hold } from "../components/edge/holds.ts";
import { mapEntries } from "../components/edge/maps.ts";
import { serviceName } from "../components/edge/names.ts";
import { Relay } from "../components/edge/relay.ts";
import { command, RuntimeApi } from "../components/edge/runtimeApi.ts";
import { backendCounters, serverStatuses } from "../components/edge/status.ts";
import type { EdgeDocument } from "../components/rollout/document.ts";
import type { RolloutNote } from "../components/rollout/note.ts";
import { answersWithin } from "./askHost.ts";

/** A service's last rollout, as one edge has it. */
export interface SeenRollout {
  /** It has not ended, and its program is alive. */
  runs: boolean;
  /** What it said last; `null` when it has said nothing since the edge's container started. */
  note: RolloutNote | null;
}

/** What one edge has of one service. */
export interface EdgeService {
  servers: ServerStatus[];
  counters: BackendCounters;
  /** What the edge does with requests in place of handing them on. */
  hold?: Hold | undefined;
  /** Requests that wait in a pause. */
  waiting?: number;
  rollout: SeenRollout;
}

/** What an edge answered, or why it did not. */
export type EdgeAnswer =
  | { reachable: true; version: string; services: Record<string, EdgeService>; now?: EdgeTime }
  | { reachable: false; problem: string };

/** Asks an edge about several services once. One that does not answer is an answer, too. */
export async function askEdge(edge: EdgeDocument, services: string[]): Promise<EdgeAnswer> {
  const conversation = new EdgeConversation(edge);
  try {
    return await conversation.ask(services);
  } finally {
    conversation.close();
  }
}

/** Asks an edge again and again in one conversation, which is begun anew after a failure. Only asks, changes nothing. */
export class EdgeConversation {
  private readonly edge: EdgeDocument;
  private relay: Relay | undefined;

  constructor(edge: EdgeDocument) {
    this.edge = edge;
  }

  async ask(services: string[]): Promise<EdgeAnswer> {
    const relay = (this.relay ??= new Relay(this.edge));
    const late = new AbortController();
    try {
      return await Promise.race([
        ask(relay, this.edge.host, services),
        wait(answersWithin, undefined, { signal: late.signal }).then(() => {
          throw new Error(`no answer within ${answersWithin / 1000} s`);
        }),
      ]);
    } catch (error) {
      this.close();
      return {
        reachable: false,
        problem: error instanceof EdgeError ? error.problem : (error as Error).message,
      };
    } finally {
      late.abort();
    }
  }

  /** Nobody waits for the end of a conversation that may have stalled. */
  close(): void {
    void this.relay?.close().catch(() => {});
    this.relay = undefined;
  }
}

async function ask(relay: Relay, host: string, services: string[]): Promise<EdgeAnswer> {
  const api = new RuntimeApi(relay, host);
  const info = await api.ask("show info");
  // An edge that an earlier version has started knows neither.
  const pauses = parseWaiting(await api.ask("show waiting"));
  const holds = await mapEntries(api, holdsMap);
  const found: Record<string, EdgeService> = {};
  for (const service of services) {
    const backend = backendName(service);
    // Before the servers: a rollout that was seen to have ended has done all that it does.
    const rollout = seenRollout(await relay.request("watch", serviceName(service)));
    const state = await api.ask(command("show servers state", backend));
    const servers = await api.ask(command("show stat", backend, 4, -1));
    const counters = await api.ask(command("show stat", backend, 2, -1));
    found[service] = {
      servers: serverStatuses(state, servers),
      counters: backendCounters(counters),
      hold: parseHold(holds?.get(backend)),
      waiting: pauses?.requests.get(backend) ?? 0,
      rollout,
    };
  }
  const version = /^Version: (\S+)/m.exec(info)?.[1] ?? "unknown";
  return { reachable: true, version, services: found, now: pauses?.now };
}

function seenRollout(answer: string): SeenRollout {
  const [runs, note = ""] = answer.split("\n");
  return { runs: runs === "running", note: note === "" ? null : (JSON.parse(note) as RolloutNote) };
}
