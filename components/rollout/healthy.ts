import { pause } from "../until.ts";
import { blame, ReplicaError, unhealthyReplicas } from "./failure.ts";
import { onEach } from "./onEach.ts";
import { healthyLine, Progress } from "./progress.ts";
import { count } from "./report.ts";
import type { RolloutTools } from "./tools.ts";
import type { ServerDocument } from "./document.ts";

/** How often containers that are not healthy yet are looked at, whether they still live. */
const looksAfterContainersEvery = 1_000;
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
  for (;;) {
    const waiting = unhealthyReplicas(document, edges, await onEach(edges, (edge) => edge.servers()));
    const elapsed = Date.now() - started;
    progress.show(healthyLine(document, waiting, elapsed), elapsed);
    if (waiting.length === 0) return;
    if (stop.aborted) throw new ReplicaError("interrupted before the traffic moved", waiting.map(blame));
    if (hopeless !== undefined) throw new ReplicaError(hopeless, waiting.map(blame));
    if (elapsed >= document.deadline) {
      throw new ReplicaError(
        `${count(waiting.length, "replica")} not healthy within ${document.deadline / 1000} s`,
        waiting.map(blame),
      );
    }
    if (Date.now() - lookedAfterContainers >= looksAfterContainersEvery) {
      lookedAfterContainers = Date.now();
      // Nobody waits for a host that does not answer: the edges see how its replicas are.
      for (const { server } of waiting) {
        void whyHopeless({ containers }, server).then(
          (reason) => (hopeless ??= reason),
          () => {},
        );
      }
    }
    await pause(100);
  }
}

async function whyHopeless(
  { containers }: Pick<RolloutTools, "containers">,
  server: ServerDocument,
): Promise<string | undefined> {
  const { status, restarts, exitCode } = await containers.inspect(server);
  if (status === "missing") return `container ${server.container} on ${server.host} is not there`;
  if (restarts >= hopelessRestarts || status === "dead" || status === "exited") {
    return `${server.replica} on ${server.host} does not stay up: exit code ${exitCode}, ${count(restarts, "restart")}`;
  }
  return undefined;
}
