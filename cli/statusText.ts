import { count } from "../components/rollout/report.ts";
import { ago, bytes, list, moment, paint } from "./format.ts";
import type { ReplicaAtEdge, ReplicaStatus, ServiceHold, ServiceStatus, Status } from "./status.ts";
import { table } from "./table.ts";

/**
 * A status for a person.
 * @param before an earlier one, from which requests per second are reckoned
 */
export function describeStatus(status: Status, before?: Status): string[] {
  const { stack, project, at } = status;
  return [
    `${paint("bold", `${project}/${stack}`)} at ${moment(at)}`,
    ...section("Hosts", hostsTable(status)),
    ...section("Services", servicesTable(status)),
    ...section("Replicas", replicasTable(status, before)),
    "",
    ...differencesText(status),
  ];
}

function section(title: string, lines: string[]): string[] {
  return lines.length > 1 ? ["", paint("bold", title), ...lines.map((line) => `  ${line}`)] : [];
}

function hostsTable({ hosts, edges }: Status): string[] {
  return table(
    ["HOST", "ADDRESS", "STATE", "REACHABLE", "DOCKER", "REPLICAS", "MEMORY", "EDGE"],
    hosts.map((host) => {
      const edge = edges.find((each) => each.host === host.name);
      const haproxy = edge?.reachable ? `HAProxy ${edge.version}` : paint("red", "does not answer");
      return [
        host.name,
        host.address ?? "-",
        host.state === "active" ? "active" : paint("yellow", host.state),
        host.reachable
          ? paint("green", "yes")
          : paint(host.state === "lost" ? "yellow" : "red", `no: ${cut(host.problem ?? "")}`),
        host.version ?? "-",
        String(host.replicas ?? "-"),
        bytes(host.memory),
        edge ? haproxy : "",
      ];
    }),
  );
}

/** The whole of it stands among the differences. */
function cut(problem: string): string {
  return problem.length <= 40 ? problem : `${problem.slice(0, 39)}…`;
}

function servicesTable({ services }: Status): string[] {
  return table(
    ["SERVICE", "IMAGE", "WANTED", "HEALTHY", "SERVING", "TRAFFIC", "REQUESTS", "FAILED"],
    services.map(({ name, image, wanted, healthy, serving, hold, rollout, requests, failures }) => [
      name,
      image ?? "-",
      String(wanted),
      colouredCount(healthy, wanted),
      colouredCount(serving, wanted),
      hold ? paint("yellow", heldText(hold)) : rollout ? paint("cyan", rolloutText(rollout)) : "yes",
      String(requests),
      failures > 0 ? paint("yellow", String(failures)) : "0",
    ]),
  );
}

function heldText({ kind, waiting, left }: ServiceHold): string {
  switch (kind) {
    case "maintenance":
      return "maintenance";
    case "paused":
      return `paused, ${waiting} waiting, ${left} s left`;
    case "pause-over":
      return "pause is over: 503";
  }
}

function rolloutText({ phase }: NonNullable<ServiceStatus["rollout"]>): string {
  return phase ? `rolling out: ${phase}` : "rolling out";
}

function colouredCount(number: number, wanted: number): string {
  return paint(number === wanted ? "green" : "red", String(number));
}

function replicasTable({ replicas, at, edges }: Status, before: Status | undefined): string[] {
  const now = new Date(at);
  const several = edges.length > 1;
  const rows = replicas.flatMap((replica) => {
    const own = [
      replica.host,
      replica.container,
      replica.image,
      replica.revision,
      containerState(replica),
      ago(replica.since, now),
    ];
    if (replica.edges.length === 0) return [[...own, ...(several ? [""] : []), "-"]];
    return replica.edges.map((edge, index) => [
      ...(index === 0 ? own : own.map(() => "")),
      ...(several ? [edge.edge] : []),
      atEdge(edge, replica),
      String(edge.sessions),
      before ? rate(replica, edge, before, now) : String(edge.requests),
      edge.errors > 0 ? paint("yellow", String(edge.errors)) : "0",
      edge.requests > 0 ? `${edge.answerTime} ms` : "-",
      edge.p95 === null ? "-" : `${edge.p95} ms`,
    ]);
  });
  return table(
    [
      ...["HOST", "CONTAINER", "IMAGE", "REVISION", "STATE", "SINCE"],
      ...(several ? ["EDGE", "TRAFFIC"] : ["TRAFFIC"]),
      ...["SESSIONS", before ? "REQUESTS/S" : "REQUESTS", "5XX", "AVERAGE", "P95"],
    ],
    rows,
  );
}

function containerState({ status, role }: ReplicaStatus): string {
  const word = status === "running" ? paint("green", status) : paint("red", status);
  return role === "wanted" ? word : `${word} (${paint("yellow", role)})`;
}

function atEdge({ state, health }: ReplicaAtEdge, { role }: ReplicaStatus): string {
  if (state === "absent") return paint(role === "wanted" ? "red" : "dim", "none");
  const word = state === "ready" ? (health === "down" ? "down" : "serving") : state;
  const checking = state !== "maint" && health === "checking" ? ", checking" : "";
  return paint(word === "serving" ? "green" : word === "down" ? "red" : "yellow", word) + checking;
}

function rate(replica: ReplicaStatus, edge: ReplicaAtEdge, before: Status, now: Date): string {
  const then = before.replicas
    .find(({ container }) => container === replica.container)
    ?.edges.find((each) => each.edge === edge.edge);
  const seconds = (now.getTime() - Date.parse(before.at)) / 1000;
  // A replica that was taken out and added again counts from nothing.
  if (!then || then.requests > edge.requests || seconds <= 0) return "-";
  return ((edge.requests - then.requests) / seconds).toFixed(1);
}

function differencesText({ differences, services }: Status): string[] {
  if (differences.length === 0) {
    const moving = services.filter(({ rollout }) => rollout).map(({ name }) => name);
    if (moving.length === 0) return [paint("green", "Everything is as the stack wants it.")];
    return [paint("cyan", `An update is under way, and moves ${list(moving)}.`)];
  }
  return [
    paint("bold", `${count(differences.length, "difference")} from what the stack wants`),
    // What one command mends is one matter.
    ...Object.values(Object.groupBy(differences, ({ problem, mend }) => `${mend}\n${problem}`)).flatMap(
      (alike = []) => [
        `  ${paint("red", "✗")} ${list(alike.map(({ subject }) => subject))}: ${alike[0]?.problem}`,
        `    ${paint("cyan", alike[0]?.mend ?? "")}`,
      ],
    ),
  ];
}
