import type { EdgeDocument } from "../rollout/document.ts";
import { until } from "../until.ts";
import { backendName } from "./backendConfig.ts";
import { EdgeError } from "./edgeError.ts";
import { EdgeFiles } from "./edgeFiles.ts";
import { holdsMap, holdText, parseWaiting, type Hold, type Waiting } from "./holds.ts";
import { deleteEntries, mapEntries, setEntries } from "./maps.ts";
import { Relay } from "./relay.ts";
import { RuntimeApi } from "./runtimeApi.ts";
import { backendCounters } from "./status.ts";
import { workers } from "./workers.ts";

/** How long a reload that is on its way may keep the workers from being all the same. */
const settlesWithin = 10_000;

/**
 * One edge, and one service that it holds back or hands on: maintenance and pauses. It needs no rollout and waits for
 * none; what it sets is committed, and stays through rollouts, reloads and restarts of the edge until it is set
 * otherwise, or the service is gone.
 */
export class HeldService {
  readonly host: string;
  private readonly service: string;
  private readonly relay: Relay;
  private readonly api: RuntimeApi;
  private readonly files: EdgeFiles;

  constructor(edge: EdgeDocument, service: string) {
    this.host = edge.host;
    this.service = service;
    this.relay = new Relay(edge);
    this.api = new RuntimeApi(this.relay, this.host);
    this.files = new EdgeFiles(this.relay, this.host);
  }

  /**
   * The edge's time, and how many requests wait for the service.
   * @throws EdgeError when the edge was started by an earlier version of Handover
   */
  async waiting(): Promise<{ now: Waiting["now"]; requests: number }> {
    const waiting = parseWaiting(await this.api.ask("show waiting"));
    if (!waiting) {
      throw new EdgeError(
        this.host,
        "it was started by an earlier version, which knows neither maintenance nor pauses: run pulumi up first",
      );
    }
    return { now: waiting.now, requests: waiting.requests.get(backendName(this.service)) ?? 0 };
  }

  /** Requests that the service's servers have at this moment, or that wait for one of them. */
  async inFlight(): Promise<number> {
    return backendCounters(await this.api.ask(`show stat ${backendName(this.service)} 2 -1`)).pending;
  }

  /**
   * Holds the service, or, where `to` says `undefined`, hands its requests on again.
   * @param to what is to be, from what is; it may throw to leave everything as it is
   * @returns what was before
   * @throws EdgeError when no rollout has brought the service to this edge
   */
  async change(to: (present: Hold | undefined) => Hold | undefined): Promise<Hold | undefined> {
    let before: Hold | undefined;
    let after: Hold | undefined;
    await this.files.change(this.service, (present) => {
      if (!present) throw new EdgeError(this.host, `no rollout has brought ${this.service} to it`);
      before = present.hold;
      after = to(before);
      return { ...present, hold: after };
    });
    await this.tellWorkers(after);
    return before;
  }

  async close(): Promise<void> {
    await this.relay.close();
  }

  /**
   * Requests wait in the worker that has taken them, also in one from before a reload: all of them are told. A worker
   * that has only just read the files from before the change is told in another round.
   */
  private async tellWorkers(hold: Hold | undefined): Promise<void> {
    const backend = backendName(this.service);
    const told = await until(
      async () => {
        const before = await this.allWorkers();
        for (const worker of before) {
          const api = { ask: (question: string) => this.api.master(`@!${worker} ${question}`) };
          const present = (await mapEntries(api, holdsMap)) ?? new Map<string, string>();
          const changes = hold
            ? setEntries(holdsMap, present, new Map([[backend, holdText(hold)]]))
            : deleteEntries(holdsMap, present, [backend]);
          for (const change of changes) await api.ask(change);
        }
        const after = await this.allWorkers();
        return before.length > 0 && before.join() === after.join();
      },
      { within: settlesWithin },
    );
    if (!told) {
      throw new EdgeError(
        this.host,
        `its workers do not settle within ${settlesWithin / 1000} s; run it again`,
      );
    }
    const present = (await mapEntries(this.api, holdsMap))?.get(backend);
    if (present !== (hold && holdText(hold))) {
      throw new EdgeError(
        this.host,
        `the running HAProxy did not take it: ${present ?? "no entry"} in ${holdsMap}`,
      );
    }
  }

  private async allWorkers(): Promise<string[]> {
    // While the master begins anew nobody answers for a moment.
    const { current, old } = workers(await this.api.master("show proc").catch(() => ""));
    return current === undefined ? [] : [current, ...old];
  }
}
