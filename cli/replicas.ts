import { askHost, type FoundContainer } from "./askHost.ts";
import { usageError } from "./exit.ts";
import type { StackState } from "./state.ts";

/** A container of a replica, and where it is. */
export interface PlacedContainer extends FoundContainer {
  host: string;
  docker: string;
}

/** Every replica's container on every host that answers, and the hosts that do not. */
export async function placedReplicas(
  state: StackState,
): Promise<{ replicas: PlacedContainer[]; silent: { host: string; problem: string }[] }> {
  const answers = await Promise.all(
    state.hosts.map(async (host) => ({ host, answer: await askHost(host, state) })),
  );
  return {
    replicas: answers
      .flatMap(({ host, answer }) =>
        answer.reachable
          ? answer.containers
              .filter(({ role }) => role === "replica")
              .map((container) => ({ ...container, host: host.name, docker: host.docker }))
          : [],
      )
      .sort((a, b) => (a.name < b.name ? -1 : 1)),
    silent: answers.flatMap(({ host, answer }) =>
      answer.reachable ? [] : [{ host: host.name, problem: answer.problem }],
    ),
  };
}

/** A replica is known by its own name, `web-h3`, or by that of its container, `web-h3-1a2b3c4`. */
export function isNamed(replica: { replica: string; name: string }, name: string): boolean {
  return replica.replica === name || replica.name === name;
}

export function noSuchReplica(name: string, replicas: { replica: string }[]): Error {
  const names = [...new Set(replicas.map(({ replica }) => replica))].sort();
  return usageError(
    `there is no replica ${name}`,
    names.length > 0 ? `there are ${names.join(", ")}` : undefined,
  );
}
