import type { SeenRollout } from "../askEdge.ts";
import type { Difference } from "../differences.ts";
import { isHealthy, type ReplicaStatus } from "../status.ts";
import { isUnderWay } from "./page/words.js";
import type { ReplicaRate, RolloutView } from "./snapshot.ts";

/** For how long after the last container of a release was made its rollout is expected. */
const rolloutFollowsWithin = 60_000;
/** For how long after a rollout its old containers count as those that the engine is about to delete. */
const deletionFollowsWithin = 60_000;

interface Seen {
  service: string;
  /** As each edge has it. */
  rollouts: SeenRollout[];
  /** Those of this service. */
  replicas: ReplicaStatus[];
  rates: Record<string, ReplicaRate>;
  now: number;
}

/**
 * What becomes of a service's release, from what its rollout says of itself on the edges, whether it runs, and from the
 * containers that there are before it begins and after it has ended.
 */
export function rolloutView({ service, rollouts, replicas, rates, now }: Seen): RolloutView | undefined {
  const runs = rollouts.some((each) => each.runs);
  const note = rollouts
    .flatMap((each) => (each.note ? [each.note] : []))
    .reduce((latest, each) => (each.since > (latest?.since ?? 0) ? each : latest), rollouts[0]?.note ?? null);
  // One that has only just begun has not said anything yet: what lies there is of the one before.
  const current = note && !(runs && note.end) ? note : null;
  const isNew = current
    ? ({ container }: ReplicaStatus) => current.containers.includes(container)
    : ({ role }: ReplicaStatus) => role === "candidate" || role === "stranger";
  const entering = replicas.filter(isNew);
  const rest = replicas.filter((replica) => !isNew(replica));
  const shared = (some: ReplicaStatus[]) =>
    some.reduce((sum, { container }) => sum + (rates[container]?.requests ?? 0), 0);
  const [given, kept] = [shared(entering), shared(rest)];
  const view: RolloutView = {
    service,
    state: "running",
    image: entering[0]?.image ?? null,
    phase: null,
    since: now,
    began: now,
    took: {},
    deadline: null,
    movedAt: null,
    entering: entering.map(({ container }) => container),
    healthy: entering.filter(isHealthy).length,
    wanted: entering.length,
    share: given + kept > 0 ? given / (given + kept) : null,
    draining: rest
      .flatMap(({ edges }) => edges)
      .reduce((sum, { state, sessions }) => sum + (state === "drain" ? sessions : 0), 0),
  };
  if (current) {
    const { image, phase, since, began, took, movedAt } = current;
    const deadline = phase === "healthy" ? since + current.deadline : null;
    Object.assign(view, { image, phase, since, began, took, movedAt, deadline });
    view.entering = current.containers;
    view.wanted = current.containers.length;
  }
  if (runs) return view;

  const made = (some: ReplicaStatus[]) =>
    Math.max(0, ...some.map(({ since }) => (since === null ? 0 : Date.parse(since))));
  const next = replicas.filter(
    (replica) =>
      ["candidate", "stranger"].includes(replica.role) &&
      !(note && note.containers.includes(replica.container)),
  );
  const madeAt = made(next);
  if (madeAt > (note?.since ?? 0) && now - madeAt < rolloutFollowsWithin) {
    return {
      ...view,
      state: "creating",
      image: next[0]?.image ?? null,
      phase: null,
      since: madeAt,
      began: Math.min(...next.flatMap(({ since }) => (since === null ? [] : [Date.parse(since)]))),
      took: {},
      deadline: null,
      movedAt: null,
      entering: next.map(({ container }) => container),
      healthy: 0,
      wanted: next.length,
      share: null,
      draining: 0,
    };
  }
  if (!current) return undefined;
  if (current.end === null) return { ...view, state: "interrupted" };
  const goes = current.end === "moved" && rest.length > 0 && now - current.since < deletionFollowsWithin;
  return { ...view, state: goes ? "deleting" : current.end };
}

/** What an update that is under way is about to mend itself. */
export function isStepOf(difference: Difference, rollouts: Record<string, RolloutView>): boolean {
  // In the state an update that runs looks like one that was killed.
  if (difference.kind === "update-interrupted") return Object.values(rollouts).some(isUnderWay);
  return difference.service !== null && isUnderWay(rollouts[difference.service]);
}
