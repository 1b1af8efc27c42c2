import { DockerError } from "../docker/docker.ts";
import { markLost } from "../host/markLost.ts";
import { pause } from "../until.ts";
import { lastExitCode, type ContainerState } from "./containers.ts";
import { blame, ReplicaError, unhealthyReplicas } from "./failure.ts";
import { onEach } from "./onEach.ts";
import { healthyLine, Progress } from "./progress.ts";
import { count } from "./report.ts";
import type { RolloutTools } from "./tools.ts";
import type { ServerDocument } from "./document.ts";

/** How often containers that are not healthy yet are looked at, whether they still live. */
const looksAfterContainersEvery = 1_000;
/**
 * A host whose Docker Engine has not answered for so long, while its replicas do not serve, is not waited for. An engine
 * that is only started again takes less.
 */
const unreachableFor = 10_000;
/** A container that was restarted this often does not come up any more. */
const hopelessRestarts = 3;

/**
 * Waits until every wanted replica is healthy on every edge.
 * @throws ReplicaError when the deadline is over, and as soon as there is no hope
 */
export async function allHealthy({ document, edges, containers, say, stop }: RolloutTools): Promise<void> {
  const progress = new Progress(say);
  const started = Date.now();
  let lookedAfterContainers = started;
  let hopeless: string | undefined;
  /** Since when the engines of hosts have not answered. */
  const silentSince = new Map<string, number>();
  /** What containers were when they were last looked at. */
  const found = new Map<string, ContainerState>();
  /** Hosts that have not answered the last question. */
  const asked = new Set<string>();
  for (;;) {
    const waiting = unhealthyReplicas(document, edges, await onEach(edges, (edge) => edge.servers()));
    const elapsed = Date.now() - started;
    progress.show(healthyLine(document, waiting, elapsed), elapsed);
    if (waiting.length === 0) return;
    const blamed = waiting.map((each) => blame(each, found.get(each.server.container)));
    if (stop.aborted) throw new ReplicaError("interrupted before the traffic moved", blamed);
    if (hopeless !== undefined) throw new ReplicaError(hopeless, blamed);
    if (elapsed >= document.deadline) {
      throw new ReplicaError(
        `${count(waiting.length, "replica")} not healthy within ${document.deadline / 1000} s`,
        blamed,
      );
    }
    if (Date.now() - lookedAfterContainers >= looksAfterContainersEvery) {
      lookedAfterContainers = Date.now();
      for (const { server } of waiting.filter(({ server }) => !asked.has(server.host))) {
        asked.add(server.host);
        void whyHopeless({ containers, document }, server, { silentSince, found }).then((reason) => {
          asked.delete(server.host);
          hopeless ??= reason;
        });
      }
    }
    await pause(100);
  }
}

async function whyHopeless(
  { containers, document }: Pick<RolloutTools, "containers" | "document">,
  server: ServerDocument,
  { silentSince, found }: { silentSince: Map<string, number>; found: Map<string, ContainerState> },
): Promise<string | undefined> {
  const { host } = server;
  const asked = Date.now();
  try {
    const state = await containers.inspect(server);
    const { status, restarts } = state;
    found.set(server.container, state);
    silentSince.delete(host);
    if (status === "missing") return `container ${server.container} on ${host} is not there`;
    if (restarts >= hopelessRestarts || status === "dead" || status === "exited") {
      const exit = lastExitCode(state);
      const ended = exit === undefined ? "" : `exit code ${exit}, `;
      return `${server.replica} on ${host} does not stay up: ${ended}${count(restarts, "restart")}`;
    }
  } catch (error) {
    if (!(error instanceof DockerError && error.unreachable)) return undefined;
    const since = silentSince.get(host) ?? asked;
    silentSince.set(host, since);
    if (Date.now() - since >= unreachableFor) {
      return `host ${host} does not answer any more; ${markLost(host, document.edges[0]?.platform)}`;
    }
  }
  return undefined;
}
