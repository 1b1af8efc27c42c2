import { serverName, type Edge, type ServerStatus } from "../edge/edge.ts";
import type { Containers } from "./containers.ts";
import type { RolloutDocument, ServerDocument } from "./document.ts";
import { describeTraffic, type ReportedTraffic } from "./report.ts";

const logLines = 10;

/** A replica that does not serve, and what the first edge that says so saw of it. */
export interface UnhealthyReplica {
  server: ServerDocument;
  edge: string;
  lastCheck: string;
}

export function unhealthyReplicas(
  document: RolloutDocument,
  edges: Edge[],
  statuses: ServerStatus[][],
): UnhealthyReplica[] {
  return document.servers.flatMap((server) => {
    for (const [index, edge] of edges.entries()) {
      const status = statuses[index]?.find(({ name }) => name === serverName(server));
      if (status?.health !== "up")
        return [{ server, edge: edge.host, lastCheck: status?.lastCheck ?? "not there" }];
    }
    return [];
  });
}

/** The wanted replicas did not take over. What served before serves on. */
export class RolloutError extends Error {
  /** Whether the traffic had moved already, and was moved back. */
  readonly shifted: boolean;
  /** What did not work while the traffic was given back. */
  readonly problems: string[];
  readonly traffic: ReportedTraffic;
  /** The replicas that were not healthy when it failed. */
  readonly unhealthy: UnhealthyReplica[];

  constructor(
    document: RolloutDocument,
    cause: unknown,
    { shifted, problems, traffic }: Pick<RolloutError, "shifted" | "problems" | "traffic">,
  ) {
    super(`${document.service}: ${cause instanceof Error ? cause.message : String(cause)}`, { cause });
    this.name = "RolloutError";
    this.shifted = shifted;
    this.problems = problems;
    this.traffic = traffic;
    this.unhealthy = cause instanceof UnhealthyError ? cause.unhealthy : [];
  }
}

/** Why a rollout did not go on, with the replicas that are to blame. */
export class UnhealthyError extends Error {
  readonly unhealthy: UnhealthyReplica[];

  constructor(message: string, unhealthy: UnhealthyReplica[]) {
    super(message);
    this.name = "UnhealthyError";
    this.unhealthy = unhealthy;
  }
}

/** The report of a failure, for a person: what, which replica, where, its last words, and what to do next. */
export async function describeFailure(
  error: RolloutError,
  document: RolloutDocument,
  containers: Containers,
): Promise<string[]> {
  const { service } = document;
  const { unhealthy } = error;
  const logs = await Promise.all(
    unhealthy.map(({ server }) =>
      containers
        .log(server, logLines)
        .catch((problem: Error) => `(its log cannot be read: ${problem.message})`),
    ),
  );
  return [
    `${error.message}`,
    ...unhealthy.flatMap(({ server, edge, lastCheck }, index) => [
      `  ${server.replica} on host ${server.host} (${server.container}): last check from edge ${edge}: ${lastCheck}`,
      ...logOf(logs[index] ?? ""),
    ]),
    ...error.problems.map((problem) => `  and the traffic could not be given back everywhere: ${problem}`),
    `${service}: ${error.shifted ? "the traffic was moved back" : "no traffic was moved"}; what served before serves on`,
    `${service}: ${describeTraffic(error.traffic)}`,
    `${service}: mend the release and run pulumi up again, or set the previous version; the failed containers go with the next good release`,
  ];
}

function logOf(log: string): string[] {
  const lines = log.trim().split("\n").filter(Boolean);
  if (lines.length === 0) return ["    (it wrote nothing)"];
  return lines.map((line) => `    | ${line}`);
}
