import type { Edge } from "../edge/edge.ts";
import type { RolloutDocument } from "./document.ts";
import type { Phase } from "./report.ts";

/** How a rollout ended; `unfinished` when the new replicas serve and the old ones could not all be taken out. */
export type RolloutEnd = "moved" | "unchanged" | "failed" | "unfinished";

/**
 * What a rollout tells those who watch it from outside: it lies beside each edge's sockets for as long as the edge's
 * container does. Whether the rollout still runs is not in it, because one that was killed cannot say so: the lock that
 * it holds tells. No word of a container's log is in it. Moments are milliseconds since the epoch, by the clock of the
 * machine that the rollout runs on.
 */
export interface RolloutNote {
  service: string;
  /** What it brings. */
  image: string | null;
  /** The containers that are to serve. */
  containers: string[];
  /** How long the new replicas may take to be healthy, in milliseconds. */
  deadline: number;
  began: number;
  /** What it does now or did last; `back`: it gives the traffic back to what had it. */
  phase: Phase | "back" | null;
  /** Since when. */
  since: number;
  /** How long each step that is over took, in milliseconds. */
  took: Partial<Record<Phase, number>>;
  /** When the new replicas got the traffic. */
  movedAt: number | null;
  end: RolloutEnd | null;
}

/** Keeps a rollout's note up to date on every edge. Nothing waits for it, and nothing fails because of it. */
export class NoteKeeper {
  private readonly edges: Edge[];
  private readonly note: RolloutNote;

  constructor({ service, servers, deadline }: RolloutDocument, edges: Edge[]) {
    const began = Date.now();
    this.edges = edges;
    this.note = {
      service,
      image: servers[0]?.image ?? null,
      containers: servers.map(({ container }) => container),
      deadline,
      began,
      phase: null,
      since: began,
      took: {},
      movedAt: null,
      end: null,
    };
  }

  /** @param took how long the steps before it took */
  phase(phase: Phase | "back", took: RolloutNote["took"]): void {
    this.write({ phase, took, since: Date.now() });
  }

  moved(movedAt: number): void {
    this.note.movedAt = movedAt;
  }

  end(end: RolloutEnd, took: RolloutNote["took"]): void {
    this.write({ end, took, since: Date.now() });
  }

  private write(change: Partial<RolloutNote>): void {
    Object.assign(this.note, change);
    const text = JSON.stringify(this.note);
    for (const edge of this.edges) void edge.note(text).catch(() => {});
  }
}
