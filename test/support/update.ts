import type { EngineEvent } from "@pulumi/pulumi/automation/index.js";

/** One thing that the engine did, or in a preview would do, to one resource. */
export interface Step {
  /** `create`, `update`, `delete`, `create-replacement`, `delete-replaced`, `same`, ... */
  op: string;
  /** @example "docker:index/container:Container" */
  type: string;
  /** The resource's name in the program. @example "web-h3" */
  name: string;
  inputs: Record<string, unknown>;
}

/** What a command of the engine did. */
export interface Update {
  /** The steps in the engine's order, those on resources that stay the same included. */
  steps: Step[];
  /** How many resources were created, replaced, updated, deleted and left the same, as the engine counts them. */
  changes: Record<string, number>;
  /** Everything that was printed, standard error included. */
  output: string;
  /** Everything the engine said about resources: progress, warnings, errors; without colours. */
  diagnostics: string;
  /** When the command was given, in milliseconds since the epoch. */
  commanded: number;
}

/** The operations that change nothing anywhere. */
const idle = new Set(["same", "read", "read-replacement", "refresh"]);

/** The steps that change something. */
export function changing({ steps }: Update): Step[] {
  return steps.filter(({ op }) => !idle.has(op));
}

/** The steps on containers that have one of these operations. */
export function containerSteps(update: Update, ...ops: string[]): Step[] {
  return update.steps.filter(
    ({ type, op }) => type === "docker:index/container:Container" && ops.includes(op),
  );
}

/** Puts a command's events together. A preview's steps are those that it plans. */
export function readEvents(
  events: EngineEvent[],
  { planned = false } = {},
): Omit<Update, "output" | "commanded"> {
  const inOrder = events.toSorted((a, b) => a.sequence - b.sequence);
  const steps = inOrder.flatMap(({ resOutputsEvent, resourcePreEvent }) => {
    const metadata = (planned ? resourcePreEvent : resOutputsEvent)?.metadata;
    return metadata ? [step(metadata)] : [];
  });
  const diagnostics = inOrder
    .map(({ diagnosticEvent: event }) => (event && isForPeople(event.severity) ? event.message : ""))
    .join("");
  return {
    steps,
    changes: inOrder.findLast(({ summaryEvent }) => summaryEvent)?.summaryEvent?.resourceChanges ?? {},
    diagnostics: diagnostics.replaceAll(/<\{%[^%]*%\}>/g, ""),
  };
}

/** The engine's own log comes along, which Pulumi prints with `--debug` only. Its type does not know of it. */
function isForPeople(severity: string): boolean {
  return severity !== "debug";
}

type Metadata = NonNullable<EngineEvent["resourcePreEvent"]>["metadata"];

function step({ op, type, urn, new: next, old }: Metadata): Step {
  return { op, type, name: urn.split("::").at(-1) ?? urn, inputs: (next ?? old)?.inputs ?? {} };
}
