/** What a release brings. */
export interface Release {
  /** The example application's image: `v1`, `v2` or `v3`. */
  image: string;
  /** What its replicas answer as, like no other release of the run: `r7`, or `bad7` for one that must fail. */
  version: string;
}

/** How a release is bad, as the example application knows it (`example/fault.go`). */
export const releaseFaults = ["never-healthy", "exit", "deaf", "errors", "slow"] as const;
export type ReleaseFault = (typeof releaseFaults)[number];

export const signals = ["SIGINT", "SIGTERM", "SIGKILL"] as const;
export type Signal = (typeof signals)[number];

/** What is wrong with a host's network cable: `cut`, or a share of the packets to it is lost, in percent. */
export type LinkFault = "cut" | { loss: number };

/**
 * One thing that happens, with everything about it that is left to chance. Times are milliseconds: `after` counts from
 * the start of an update, `lasts` is how long a fault stays before it is mended.
 */
export type Step =
  | { kind: "release"; to: Release }
  | { kind: "bad release"; to: Release; fault: ReleaseFault; onlyOn?: string }
  | { kind: "scale"; replicas: number }
  | { kind: "interrupted release"; to: Release; signal: Signal; after: number }
  | { kind: "power cut"; hosts: string[]; lasts: number }
  | { kind: "loss"; hosts: string[] }
  | { kind: "loss in a release"; host: string; to: Release; after: number }
  | { kind: "return"; host: string; disk: "kept" | "empty" }
  | { kind: "drain"; host: string }
  | { kind: "end of drain"; host: string }
  | { kind: "replica crash"; number: number }
  | { kind: "gateway crash"; host: string }
  | { kind: "edge crash"; host: string }
  | { kind: "edge crash in a release"; host: string; to: Release; after: number }
  | { kind: "link fault"; host: string; fault: LinkFault; lasts: number }
  | { kind: "link fault in a release"; host: string; fault: LinkFault; lasts: number; to: Release };

/** The steps that are faults of machines, programs or the network, and not what an operator does on purpose. */
export function isFault({ kind }: Step): boolean {
  return !["release", "scale", "return", "drain", "end of drain"].includes(kind);
}

/** A step in words. */
export function describe(step: Step): string {
  switch (step.kind) {
    case "release":
      return `release of ${named(step.to)}`;
    case "bad release":
      return `bad release of ${named(step.to)}: ${step.fault}${step.onlyOn ? ` on ${step.onlyOn}` : ""}`;
    case "scale":
      return `scale to ${step.replicas}`;
    case "interrupted release":
      return `release of ${named(step.to)}, ${step.signal} after ${step.after} ms, and again`;
    case "power cut":
      return `power cut of ${step.hosts.join(" and ")} for ${step.lasts} ms`;
    case "loss":
      return `loss of ${step.hosts.join(" and ")}: marked lost`;
    case "loss in a release":
      return `release of ${named(step.to)}, loss of ${step.host} after ${step.after} ms: marked lost, and again`;
    case "return":
      return `return of ${step.host} with its disk ${step.disk}`;
    case "drain":
      return `drain of ${step.host}`;
    case "end of drain":
      return `end of the drain of ${step.host}`;
    case "replica crash":
      return `crash of replica number ${step.number}`;
    case "gateway crash":
      return `crash of the gateway on ${step.host}`;
    case "edge crash":
      return `crash of the edge on ${step.host}`;
    case "edge crash in a release":
      return `release of ${named(step.to)}, crash of the edge on ${step.host} after ${step.after} ms, and again`;
    case "link fault":
      return `link to ${step.host} ${inWords(step.fault)} for ${step.lasts} ms`;
    case "link fault in a release":
      return `release of ${named(step.to)}, link to ${step.host} ${inWords(step.fault)} for ${step.lasts} ms`;
  }
}

function named({ version, image }: Release): string {
  return `${version} (image ${image})`;
}

function inWords(fault: LinkFault): string {
  return fault === "cut" ? "cut" : `loses ${fault.loss} % of its packets`;
}
