import type { EdgeService } from "../askEdge.ts";

/** What an edge has counted of one service between two answers. */
export interface Counted {
  /** In milliseconds since the epoch. */
  from: number;
  to: number;
  requests: number;
  failures: number;
  /** By container. */
  replicas: Record<string, { requests: number; answers: number; errors: number; responseTime: number }>;
}

type Counters = Pick<EdgeService, "servers" | "counters">;

/** Reckons what an edge has counted of one service since its answer before. */
export class Counting {
  private before: { at: number; service: Counters } | undefined;

  /** @returns `undefined` for the first answer, which only says what there is */
  next(at: number, service: Counters): Counted | undefined {
    const { before } = this;
    this.before = { at, service };
    if (!before) return undefined;
    const known = new Map(before.service.servers.map((server) => [server.name, server]));
    const replicas = service.servers.map((server) => {
      const then = known.get(server.name);
      // One that was taken out and added again counts from nothing, as all do when an edge has loaded its files again.
      const since = then && then.requests <= server.requests ? then : undefined;
      const { requests, answers, errors } = server;
      return [
        server.name.slice(0, server.name.lastIndexOf(":")),
        {
          requests: requests - (since?.requests ?? 0),
          answers: answers - (since?.answers ?? 0),
          errors: errors - (since?.errors ?? 0),
          responseTime: server.responseTime,
        },
      ] as const;
    });
    const { counters: now } = service;
    const { counters: then } = before.service;
    const fresh = now.requests < then.requests;
    return {
      from: before.at,
      to: at,
      requests: now.requests - (fresh ? 0 : then.requests),
      failures: now.failures - (fresh ? 0 : then.failures),
      replicas: Object.fromEntries(replicas),
    };
  }

  /** An edge that has not answered for a while: what it counted meanwhile belongs to no moment. */
  forget(): void {
    this.before = undefined;
  }
}

/** The average time until an answer began, of replicas that have answered; `null` when none has. */
export function averageTime(replicas: { answers: number; responseTime: number }[]): number | null {
  const answers = replicas.reduce((sum, each) => sum + each.answers, 0);
  if (answers === 0) return null;
  return replicas.reduce((sum, each) => sum + each.answers * each.responseTime, 0) / answers;
}
