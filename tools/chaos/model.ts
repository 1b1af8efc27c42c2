import type { Release, Step } from "./step.ts";

/** `active`: it takes replicas; `drain`: it runs, without replicas; `lost`: it is switched off and marked lost. */
export type ModelHost = "active" | "drain" | "lost";

/** What there is when a step has been done, with all that an operator does about it. */
export interface Model {
  readonly release: Release;
  readonly replicas: number;
  readonly hosts: Readonly<Record<string, ModelHost>>;
  /** The hosts that run an edge. The first one is where the load goes: it is never touched. */
  readonly edges: readonly string[];
  /** How many releases there have been, bad ones too. */
  readonly releases: number;
}

export function firstModel(hosts: readonly string[], edges: readonly string[]): Model {
  return {
    release: { image: "v1", version: "r1" },
    replicas: 5,
    hosts: Object.fromEntries(hosts.map((host) => [host, "active"])),
    edges,
    releases: 1,
  };
}

export function hostsThatAre({ hosts }: Model, state: ModelHost): string[] {
  return Object.keys(hosts).filter((host) => hosts[host] === state);
}

/** What a step makes of it. A release that was interrupted or disturbed is there in the end; a bad one never is. */
export function after(model: Model, step: Step): Model {
  const released = "to" in step ? { ...model, releases: model.releases + 1 } : model;
  const done = "to" in step && step.kind !== "bad release" ? { ...released, release: step.to } : released;
  switch (step.kind) {
    case "scale":
      return { ...done, replicas: step.replicas };
    case "loss":
      return withHosts(done, step.hosts, "lost");
    case "loss in a release":
      return withHosts(done, [step.host], "lost");
    case "drain":
      return withHosts(done, [step.host], "drain");
    case "return":
    case "end of drain":
      return withHosts(done, [step.host], "active");
    default:
      return done;
  }
}

function withHosts(model: Model, hosts: string[], state: ModelHost): Model {
  return { ...model, hosts: { ...model.hosts, ...Object.fromEntries(hosts.map((host) => [host, state])) } };
}
