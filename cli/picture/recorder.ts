import { setTimeout as wait } from "node:timers/promises";
import type { RolloutNote } from "../../components/rollout/note.ts";
import { EdgeConversation } from "../askEdge.ts";
import { askHost } from "../askHost.ts";
import { followEvents } from "../dashboard/hostEvents.ts";
import { averageTime, Counting, type Counted } from "../dashboard/counting.ts";
import { tagOf } from "../dashboard/page/words.js";
import { edgesOf } from "../inventory.ts";
import type { StackState } from "../state.ts";
import { bandsOf, stretches, type Recording, type Step } from "./recording.ts";

/** How often an edge is asked, in milliseconds. */
const edgesEvery = 100;
/** What is shown before the first container and after the last, in milliseconds. */
const before = 2_000;
const after = 1_500;

/** A container, and when it was there. */
interface Known {
  image: string;
  first: number;
  /** When it was removed. */
  gone: number | undefined;
}

/**
 * Records a service's release from outside, as the edges count it: the requests of its real users, no others are sent.
 */
export class Recorder {
  private readonly state: StackState;
  private readonly service: string;
  private readonly counted: Counted[] = [];
  private readonly containers = new Map<string, Known>();
  private readonly began = Date.now();
  private readonly stopping = new AbortController();
  private readonly loops: Promise<void>[];
  private note: RolloutNote | undefined;

  /** @param state the stack's, before the release */
  constructor(state: StackState, service: string) {
    this.state = state;
    this.service = service;
    this.loops = [
      ...edgesOf(state).map((edge) => {
        const conversation = new EdgeConversation(edge);
        const counting = new Counting();
        return this.again(edgesEvery, async () => {
          const answer = await conversation.ask([service]);
          const found = answer.reachable ? answer.services[service] : undefined;
          if (!found) return counting.forget();
          const counted = counting.next(Date.now(), found);
          if (counted) this.counted.push(counted);
          const { note } = found.rollout;
          if (note && note.began >= this.began && note.since >= (this.note?.since ?? 0)) this.note = note;
        }).finally(() => conversation.close());
      }),
      ...state.hosts.map(async (host) => {
        const following = followEvents(
          host,
          state,
          this.stopping.signal,
          ({ action, container, ...event }) => {
            if (event.role !== "replica" || event.service !== service) return;
            const known = this.containers.get(container) ?? {
              image: event.image,
              first: Date.now(),
              gone: undefined,
            };
            this.containers.set(container, { ...known, ...(action === "destroy" && { gone: Date.now() }) });
          },
        );
        const answer = await askHost(host, state);
        for (const { name, image, role, service: of } of answer.reachable ? answer.containers : []) {
          if (role === "replica" && of === service && !this.containers.has(name))
            this.containers.set(name, { image, first: this.began, gone: undefined });
        }
        await following;
      }),
    ];
  }

  /** @returns `undefined` when no rollout of the service has run meanwhile */
  async stop(): Promise<Recording | undefined> {
    this.stopping.abort();
    await Promise.all(this.loops);
    const { note } = this;
    if (!note) return undefined;
    const old = new Set(
      this.state.services
        .filter(({ name }) => name === this.service)
        .flatMap(({ document }) => document.servers.map(({ container }) => container)),
    );
    const entering = note.containers.flatMap((name) => this.containers.get(name) ?? []);
    const leaving = [...this.containers].flatMap(([name, known]) =>
      note.containers.includes(name) || !old.has(name) ? [] : [known],
    );
    const created = Math.min(note.began, ...entering.map(({ first }) => first));
    const gone =
      note.end === "moved" ? Math.max(note.since, ...leaving.map(({ gone = 0 }) => gone)) : undefined;
    const bands = bandsOf(note, { created, ...(gone !== undefined && { deleted: gone }) });
    const from = Math.max(this.began, created - before);
    const to = Math.min(Date.now(), (bands.at(-1)?.to ?? note.since) + after);
    const versionOf = (container: string) => tagOf(this.containers.get(container)?.image ?? "?");
    const versions = [
      ...new Set(
        [...[...old].map(versionOf), ...note.containers.map(versionOf)].filter((name) => name !== "?"),
      ),
    ];
    // No new replica has answered before the shift began, however long before that the edges were asked.
    const shifted = note.movedAt === null ? 0 : note.movedAt - (note.took.shift ?? 0);
    const beginsOf = (container: string) => (note.containers.includes(container) ? shifted : 0);
    const shown = this.counted.filter((each) => each.to > from && each.from < to);
    return {
      title: `${this.service}: ${versions.join(" → ")}${note.end === "failed" ? ", which failed" : ""}`,
      seenBy: "as the edges counted it",
      times: "on average",
      from,
      to,
      versions,
      steps: steps(shown, { from, to, anchor: note.movedAt ?? from, versionOf, beginsOf }),
      bands,
      movedAt: note.movedAt,
      commandedAt: null,
      requests: shown.reduce((sum, { requests }) => sum + requests, 0),
      failed: shown.reduce((sum, { failures }) => sum + failures, 0),
      bothVersions: null,
    };
  }

  private async again(pause: number, act: () => Promise<unknown>): Promise<void> {
    const { signal } = this.stopping;
    while (!signal.aborted) {
      const began = Date.now();
      await act();
      const left = pause - (Date.now() - began);
      if (left > 0) await wait(left, undefined, { signal }).catch(() => {});
    }
  }
}

/** What was counted, in equal stretches of time, one of which begins with the move. */
function steps(
  counted: Counted[],
  {
    from,
    to,
    anchor,
    versionOf,
    beginsOf,
  }: {
    from: number;
    to: number;
    anchor: number;
    versionOf(container: string): string;
    /** Before that a container has not answered. */
    beginsOf(container: string): number;
  },
): Step[] {
  const first = Math.min(...counted.map((each) => each.from));
  const last = Math.max(...counted.map((each) => each.to));
  const all = stretches({ from, to, anchor }).map(({ from: begins, to: ends }) => {
    const answers: Record<string, number> = {};
    let failures = 0;
    const times: { answers: number; responseTime: number }[] = [];
    for (const each of counted) {
      // What was counted between two questions is spread evenly over the time between them.
      const shareOf = (start: number) =>
        Math.max(0, Math.min(ends, each.to) - Math.max(begins, start)) / Math.max(1, each.to - start);
      failures += each.failures * shareOf(each.from);
      for (const [container, replica] of Object.entries(each.replicas)) {
        const share = shareOf(Math.min(each.to, Math.max(each.from, beginsOf(container))));
        const version = versionOf(container);
        answers[version] = (answers[version] ?? 0) + replica.answers * share;
        times.push({ answers: replica.answers * share, responseTime: replica.responseTime });
      }
    }
    return { from: begins, to: ends, answers, failures, usual: averageTime(times), slowest: null };
  });
  // One that was counted in part would look like a dip.
  return all.filter((step) => step.from >= first && step.to <= last);
}
