import type { BackendCounters, Edge } from "../edge/edge.ts";
import { pause } from "../until.ts";
import { onEach } from "./onEach.ts";
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
    await onEach(this.edges, async (edge) => this.last.set(edge, await edge.counters()));
    this.loop = this.watch();
  }

  async stop(): Promise<ReportedTraffic> {
    if (this.watching) {
      this.watching = false;
      await this.loop;
      await this.look();
    }
    return this.seen;
  }

  get seen(): ReportedTraffic {
    const { requests, failures } = this.total;
    return { requests, failed: failures, longestGap: requests === 0 ? null : this.longestGap };
  }

  private async watch(): Promise<void> {
    while (this.watching) {
      await pause(every);
      await this.look();
    }
  }

  private async look(): Promise<void> {
    const answersBefore = this.total.answers;
    const pending = await Promise.all(this.edges.map((edge) => this.lookAt(edge)));
    const time = Date.now();
    const nobodyWaits = pending.every((each) => each === 0);
    if (this.total.answers > answersBefore || nobodyWaits) this.answeredAt = time;
    else this.longestGap = Math.max(this.longestGap, time - this.answeredAt);
  }

  /** @returns how many requests wait there. An edge that does not answer is the rollout's own business. */
  private async lookAt(edge: Edge): Promise<number> {
    const now = await edge.counters().catch(() => undefined);
    if (!now) return 0;
    const last = this.last.get(edge);
    for (const key of ["requests", "answers", "failures"] as const) {
      const before = last?.[key] ?? 0;
      // An edge that was restarted counts from nothing.
      this.total[key] += now[key] >= before ? now[key] - before : now[key];
    }
    this.last.set(edge, now);
    return now.pending;
  }
}
