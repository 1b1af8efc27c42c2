import { onHosts, perHost } from "./perHost.ts";

/** The steps of a rollout, in their order. */
export const phases = [
  "declare",
  "stage",
  "healthy",
  "shift",
  "verify",
  "bake",
  "commit",
  "drain",
  "clean",
] as const;
/** A step of a rollout. */
export type Phase = (typeof phases)[number];

/** A replica that entered or left the load balancer. */
export interface ReportedReplica {
  container: string;
  host: string;
}

/** What users saw while a rollout ran, as the edges counted it. */
export interface ReportedTraffic {
  requests: number;
  /** 5xx answers, of the application or of an edge, and answers that were cut short. */
  failed: number;
  /**
   * The longest time, in milliseconds, in which requests waited and none was answered, over all edges together. As
   * exact as the edges were asked, ten times a second. `null` when no request came.
   */
  longestGap: number | null;
}

/** What a rollout did, how long it took, and what users saw of it. Times are in milliseconds. */
export interface RolloutReport {
  service: string;
  outcome: "moved" | "unchanged";
  /** The image that runs now. */
  image: string | null;
  entered: (ReportedReplica & { replica: string })[];
  left: ReportedReplica[];
  edges: string[];
  /** When the new replicas got the traffic, in ISO 8601; `null` when nothing had to move. */
  movedAt: string | null;
  /** How long each step took. */
  phases: Partial<Record<Phase, number>>;
  traffic: ReportedTraffic;
  /** Requests of the old replicas that were cut when the drain time was over. */
  cut: number;
  /** Long answers of the old replicas (WebSockets, server-sent events, downloads) that were cut, spread out in time. */
  cutStreams: number;
  /** Containers of interrupted and failed runs that were removed. */
  leftovers: string[];
  /** What could not be cleared up; it does no harm to users. */
  problems: string[];
}

/** The report for a person: a few lines. */
export function describeReport(report: RolloutReport): string[] {
  const {
    service,
    entered,
    left,
    phases: took,
    traffic,
    cut,
    cutStreams,
    leftovers,
    edges,
    problems,
  } = report;
  const total = Object.values(took).reduce((sum, each) => sum + each, 0);
  const changes = [
    entered.length > 0 ? `${count(entered.length, "new replica")} in` : "",
    left.length > 0 ? `${left.length} out` : "",
  ].filter(Boolean);
  const what =
    report.outcome === "moved"
      ? `traffic moved in ${took.shift ?? 0} ms on ${count(edges.length, "edge")}: ${changes.join(", ")}`
      : "nothing had to move";
  return [
    `${service}: ${what}; the rollout took ${seconds(total)}`,
    ...(report.outcome === "moved" ? [`${service}: ${describePlaces(report)}; ${describePhases(took)}`] : []),
    `${service}: ${describeTraffic(traffic)}`,
    ...(cut > 0
      ? [`${service}: ${count(cut, "request")} of the old replicas cut when the drain time was over`]
      : []),
    ...(cutStreams > 0
      ? [`${service}: ${count(cutStreams, "long answer")} of the old replicas cut, one after the other`]
      : []),
    ...(leftovers.length > 0 ? [`${service}: removed what earlier runs left: ${leftovers.join(", ")}`] : []),
    ...problems.map((problem) => `${service}: not everything could be cleared up: ${problem}`),
  ];
}

/** What was replaced where: `replaced on h1 (2), h2; new on h3; gone from h4`. */
function describePlaces({ entered, left }: RolloutReport): string {
  const [came, went] = [perHost(entered), perHost(left)];
  const hosts = [...new Set([...came.keys(), ...went.keys()])].sort();
  const named = (many: (came: number, went: number) => number) =>
    onHosts(
      new Map(
        hosts
          .map((host) => [host, many(came.get(host) ?? 0, went.get(host) ?? 0)] as const)
          .filter(([, number]) => number > 0),
      ),
    );
  const parts = [
    ["replaced on", named(Math.min)],
    ["new on", named((came, went) => came - went)],
    ["gone from", named((came, went) => went - came)],
  ];
  return parts.flatMap(([what, hosts]) => (hosts ? [`${what} ${hosts}`] : [])).join("; ");
}

/** Those that a person would notice. */
function describePhases(took: RolloutReport["phases"]): string {
  const noticed = phases.filter((phase) => (took[phase] ?? 0) >= 50);
  return noticed.map((phase) => `${phase} ${seconds(took[phase] ?? 0)}`).join(", ") || "no step took long";
}

export function describeTraffic({ requests, failed, longestGap }: ReportedTraffic): string {
  if (longestGap === null) return "no requests came while it ran";
  const gap = longestGap === 0 ? "no gap" : `longest gap ${seconds(longestGap)}`;
  return `${count(requests, "request")} while it ran, ${failed} failed, ${gap}`;
}

export function seconds(milliseconds: number): string {
  return `${(milliseconds / 1000).toFixed(1)} s`;
}

export function count(number: number, noun: string): string {
  return `${number.toLocaleString("en")} ${noun}${number === 1 ? "" : "s"}`;
}
