import { RunError } from "@pulumi/pulumi";
import type { HostState, PlacementArgs } from "../types.ts";

/** What placement must know of a host. */
export interface PlacementHost {
  /** @default "active" */
  state?: HostState;
  /** @default {} */
  labels?: Record<string, string>;
}

/** How many replicas of which service on which hosts. */
export interface PlacementRequest extends PlacementArgs {
  service: string;
  replicas: number;
  hosts: Readonly<Record<string, PlacementHost>>;
}

/** The replicas cannot be placed. Says what is missing and what to do next. */
export class PlacementError extends RunError {
  /** The message without the service's name. */
  readonly problem: string;

  constructor(service: string, problem: string) {
    super(`${service}: ${problem}`);
    this.name = "PlacementError";
    this.problem = problem;
  }
}

/**
 * The hosts that may run the service, with their zones (`""` for none).
 * @throws PlacementError when there is none, or when they have too little room
 */
export function eligibleHosts(request: PlacementRequest): { name: string; zone: string }[] {
  const { service, replicas, hosts, constraints = {}, maxPerHost = Infinity } = request;
  const matching = Object.entries(hosts).filter(([, host]) => hasLabels(host, constraints));
  const eligible = matching.filter(([, { state = "active" }]) => state === "active");
  if (eligible.length === 0) {
    throw new PlacementError(service, noHost(hosts, matching, constraints));
  }
  const room = maxPerHost * eligible.length;
  if (replicas > room) {
    const kind = `${eligible.length === 1 ? "host" : "hosts"}${withLabels(constraints)}${outOfUse(matching)}`;
    throw new PlacementError(
      service,
      `${replicas} replicas, at most ${maxPerHost} on each host, ${eligible.length} eligible ${kind}: ` +
        `there is room for ${room}; add hosts, raise maxPerHost, or ask for fewer replicas`,
    );
  }
  return eligible.map(([name, { labels }]) => ({ name, zone: labels?.["zone"] ?? "" }));
}

function hasLabels(host: PlacementHost, constraints: Record<string, string>): boolean {
  return Object.entries(constraints).every(([key, value]) => host.labels?.[key] === value);
}

type NamedHost = [name: string, host: PlacementHost];

function noHost(
  hosts: Readonly<Record<string, PlacementHost>>,
  matching: NamedHost[],
  constraints: Record<string, string>,
): string {
  if (Object.keys(hosts).length === 0) return "there are no hosts to run on; declare one";
  if (matching.length > 0) {
    return `no host${withLabels(constraints)} is active${outOfUse(matching)}; set the state of one to active, or add a host`;
  }
  const known = Object.keys(constraints).map((key) => labelValues(hosts, key));
  return `no host has ${listed(constraints)}; ${known.join("; ")}; change the constraints, or label a host`;
}

function labelValues(hosts: Readonly<Record<string, PlacementHost>>, key: string): string {
  const values = Object.values(hosts).flatMap(({ labels }) => labels?.[key] ?? []);
  const distinct = [...new Set(values)].sort();
  return distinct.length === 0
    ? `no host has a label ${key}`
    : `the hosts have ${key}=${distinct.join(`, ${key}=`)}`;
}

function withLabels(constraints: Record<string, string>): string {
  return Object.keys(constraints).length === 0 ? "" : ` with ${listed(constraints)}`;
}

function listed(constraints: Record<string, string>): string {
  return Object.entries(constraints)
    .map(([key, value]) => `${key}=${value}`)
    .join(" and ");
}

/** ` (h4 is lost, h5 is drained)`, or nothing. */
function outOfUse(hosts: NamedHost[]): string {
  const states = hosts.flatMap(([name, { state }]) => {
    if (state === "lost") return [`${name} is lost`];
    if (state === "drain") return [`${name} is drained`];
    return [];
  });
  return states.length === 0 ? "" : ` (${states.join(", ")})`;
}
