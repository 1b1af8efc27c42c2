import { serverName, type Edge, type ServerStatus } from "../edge/edge.ts";
import { lastExitCode, type Containers, type ContainerState } from "./containers.ts";
import type { RolloutDocument, ServerDocument } from "./document.ts";
import type { GivenBack } from "./giveBack.ts";
import { count, describeTraffic, seconds, type ReportedTraffic } from "./report.ts";

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
  const byName = statuses.map((each) => new Map(each.map((status) => [status.name, status])));
  return document.servers.flatMap((server) => {
    for (const [index, edge] of edges.entries()) {
      const status = byName[index]?.get(serverName(server));
      if (status?.health !== "up")
        return [{ server, edge: edge.host, lastCheck: status?.lastCheck ?? "not there" }];
    }
    return [];
  });
}

/** A replica that is to blame, and for what. */
export interface Blamed {
  server: ServerDocument;
  finding: string;
}

export function blame({ server, edge, lastCheck }: UnhealthyReplica, container?: ContainerState): Blamed {
  const finding = `last check from edge ${edge}: ${lastCheck}`;
  if (!container || container.restarts === 0) return { server, finding };
  const exit = lastExitCode(container);
  const ended = exit === undefined ? "" : `, last exit code ${exit}`;
  return { server, finding: `${finding}; started again ${count(container.restarts, "time")}${ended}` };
}

/** Why a rollout did not go on, with the replicas that are to blame. */
export class ReplicaError extends Error {
  readonly blamed: Blamed[];

  constructor(message: string, blamed: Blamed[]) {
    super(message);
    this.name = "ReplicaError";
    this.blamed = blamed;
  }
}

/** How a failed rollout ended. */
export interface Outcome {
  /** How long the traffic had been moving, in milliseconds, when it failed; `undefined` when it had not begun to. */
  movedFor: number | undefined;
  givenBack: GivenBack;
  traffic: ReportedTraffic;
}

/** The wanted replicas did not take over. What served before serves on. */
export class RolloutError extends Error {
  readonly outcome: Outcome;
  readonly blamed: Blamed[];

  constructor(document: RolloutDocument, cause: unknown, outcome: Outcome) {
    super(`${document.service}: ${messageOf(cause)}`, { cause });
    this.name = "RolloutError";
    this.outcome = outcome;
    this.blamed = blamedIn(cause);
  }
}

/** The wanted replicas have taken over, but something of the old ones is left to do. */
export class UnfinishedError extends Error {
  constructor(document: RolloutDocument, cause: unknown) {
    const { service } = document;
    super(
      `${service}: ${messageOf(cause)}\n` +
        `${service}: the new replicas serve on every edge; run pulumi up again to take out the old ones`,
      { cause },
    );
    this.name = "UnfinishedError";
  }
}

export function blamedIn(cause: unknown): Blamed[] {
  return cause instanceof ReplicaError ? cause.blamed : [];
}

/** The last lines that each of them wrote. */
export async function logsOf(blamed: Blamed[], containers: Containers): Promise<string[]> {
  return Promise.all(
    blamed.map(({ server }) =>
      containers
        .log(server, logLines)
        .catch((problem: Error) => `(its log cannot be read: ${problem.message})`),
    ),
  );
}

/** The report of a failure, for a person: what, which replica, where, its last words, and what to do next. */
export function describeFailure(error: RolloutError, { service }: RolloutDocument): string[] {
  const { movedFor, givenBack, traffic } = error.outcome;
  const { requests, failed } = givenBack.candidates;
  const back = movedFor === undefined ? "no traffic was moved" : "the traffic was moved back";
  const incomplete = givenBack.problems.length > 0;
  return [
    error.message,
    ...error.blamed.flatMap(({ server, finding }, index) => [
      `  ${server.replica} on host ${server.host} (${server.container}): ${finding}`,
      ...quoted(givenBack.logs[index] ?? ""),
    ]),
    ...givenBack.problems.map((problem) => `  and not everything could be put back: ${problem}`),
    `${service}: ${back}; what served before serves on`,
    ...(movedFor === undefined
      ? []
      : [
          `${service}: the new replicas had ${count(requests, "request")}, ${failed} of them failed; it was noticed ${seconds(movedFor)} after the traffic moved`,
        ]),
    `${service}: ${describeTraffic(traffic)}`,
    ...(givenBack.stopped.length > 0
      ? [
          `${service}: stopped, to be read with docker logs until the next good release: ${givenBack.stopped.join(", ")}`,
        ]
      : []),
    ...(incomplete
      ? [`${service}: the new containers may still be running: the next good release removes them`]
      : []),
    `${service}: mend the release and run pulumi up again, or set the previous version; the failed containers go with the next good release`,
  ];
}

function messageOf(cause: unknown): string {
  return cause instanceof Error ? cause.message : String(cause);
}

function quoted(log: string): string[] {
  const lines = log.trim().split("\n").filter(Boolean);
  if (lines.length === 0) return ["    (it wrote nothing)"];
  return lines.map((line) => `    | ${line}`);
}
