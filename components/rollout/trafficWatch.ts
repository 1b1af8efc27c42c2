import type { BackendCounters, Edge } from "../edge/edge.ts";
import { pause } from "../until.ts";
import type { ReportedTraffic } from "./report.ts";

const every = 100;

/** Counts what users see while a rollout runs: asks every edge ten times a second. */
export class TrafficWatch {
  private readonly edges: Edge[];
  private readonly last = new Map<Edge, BackendCounters>();
  private readonly total = { requests: 0, answers: 0, failures: 0 };
  private answeredAt = 0;
  private longestGap = 0;
  private watching = true;
  private loop: Promise<void> = Promise.resolve();

  constructor(edges: Edge[]) {
    this.edges = edges;
  }

  async start(): Promise<void> {
    this.answeredAt = Date.now();
    for (const edge of this.edges) this.last.set(edge, await edge.counters());
    this.loop = this.watch();
  }

  async stop(): Promise<ReportedTraffic> {
    this.watching = false;
    await this.loop;
    await this.look().catch(() => {});
    const { requests, failures } = this.total;
    return { requests, failed: failures, longestGap: requests === 0 ? null : this.longestGap };
  }

  private async watch(): Promise<void> {
    while (this.watching) {
      await pause(every);
      // An edge that does not answer is the rollout's own business, which asks it too.
      await this.look().catch(() => {});
    }
  }

  private async look(): Promise<void> {
    const answersBefore = this.total.answers;
    let pending = 0;
    for (const edge of this.edges) {
      const now = await edge.counters();
      const last = this.last.get(edge);
      for (const key of ["requests", "answers", "failures"] as const) {
        const before = last?.[key] ?? 0;
        // An edge that was restarted counts from nothing.
        this.total[key] += now[key] >= before ? now[key] - before : now[key];
      }
      this.last.set(edge, now);
      pending += now.pending;
    }
    const time = Date.now();
    if (this.total.answers > answersBefore || pending === 0) this.answeredAt = time;
    else this.longestGap = Math.max(this.longestGap, time - this.answeredAt);
  }
}
