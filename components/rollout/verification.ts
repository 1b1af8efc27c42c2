import type { Edge, ServerStatus } from "../edge/edge.ts";
import { until } from "../until.ts";
import { onEach } from "./onEach.ts";
import type { ServerDocument } from "./document.ts";
import type { RolloutTools } from "./tools.ts";

/** How long the edges and the containers may take to show what is wanted after the shift. */
const verifiesWithin = 10_000;

/** Proves that the wanted replicas, and no others, serve: on every edge, and as the containers that were asked for. */
export async function verified(
  { document, edges, containers }: RolloutTools,
  wanted: ReadonlySet<string>,
): Promise<void> {
  let earlier = await onEach(edges, (edge) => edge.servers());
  await settled(async () => {
    const now = await onEach(edges, (edge) => edge.servers());
    const problem = edges
      .map((edge, index) => problemOn(edge, wanted, now[index] ?? [], earlier[index] ?? []))
      .find(Boolean);
    earlier = now;
    return problem;
  });
  await Promise.all(
    document.servers.map((server) =>
      // A host that does not answer for a moment is asked again.
      settled(async () =>
        containers
          .inspect(server)
          .then((state) => problemWith(server, state))
          .catch((error: Error) => error.message),
      ),
    ),
  );
}

function problemOn(
  edge: Edge,
  wanted: ReadonlySet<string>,
  now: ServerStatus[],
  earlier: ServerStatus[],
): string | undefined {
  const missing = notServing(wanted, now);
  if (missing) {
    return `${missing.name} does not serve on the edge on ${edge.host}: ${missing.why}`;
  }
  const requests = new Map(earlier.map((server) => [server.name, server.requests]));
  const straying = now.find(
    (server) => !wanted.has(server.name) && server.requests !== requests.get(server.name),
  );
  return straying && `${straying.name} still gets requests on the edge on ${edge.host}`;
}

/** The first of the wanted servers that does not take traffic, and why. */
export function notServing(
  wanted: ReadonlySet<string>,
  statuses: ServerStatus[],
): { name: string; why: string } | undefined {
  const present = new Map(statuses.map((server) => [server.name, server]));
  for (const name of wanted) {
    const server = present.get(name);
    if (server?.admin !== "ready" || server.health === "down")
      return { name, why: server?.lastCheck ?? "it is not there" };
  }
  return undefined;
}

function problemWith(
  server: ServerDocument,
  { status, revision }: { status: string; revision: string },
): string | undefined {
  if (status !== "running") return `${server.container} on ${server.host} is ${status}`;
  if (revision === server.revision) return undefined;
  return `${server.container} on ${server.host} runs revision ${revision}, not ${server.revision}`;
}

/** Looks until there is no problem any more. @throws Error with the last one when time is over */
async function settled(look: () => Promise<string | undefined>): Promise<void> {
  let problem: string | undefined;
  const done = await until(async () => (problem = await look()) === undefined, { within: verifiesWithin });
  if (!done) throw new Error(problem);
}
