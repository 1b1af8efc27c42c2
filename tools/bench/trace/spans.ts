import type { EngineEvent } from "@pulumi/pulumi/automation/index.js";
import type { Band } from "../../../cli/picture/recording.ts";

/** What of a `pulumi up` a piece of time belongs to. */
export type Lane = "start" | "same" | "make" | "rollout" | "steps" | "remove" | "end";

/** A piece of the time of a `pulumi up`, in milliseconds since the epoch. */
export interface Span {
  lane: Lane;
  /** A resource, or a step of the rollout. */
  name: string;
  from: number;
  to: number;
}

/** A `pulumi up` as its engine told it. */
export interface Traced {
  commanded: number;
  returned: number;
  events: { at: number; event: EngineEvent }[];
  /** The steps of the rollout. */
  bands: Band[];
}

/**
 * Where the time of a `pulumi up` went. What began and was not heard of again lasts until the command returned, because
 * the last lines of the engine's log may not have been read.
 */
export function spansOf({ commanded, returned, events, bands }: Traced): Span[] {
  const spans: Span[] = [];
  const begun = new Map<string, Span>();
  for (const { at, event } of events) {
    const began = event.resourcePreEvent?.metadata;
    if (began && !isStack(began.type)) {
      const lane = laneOf(began);
      if (!lane) continue;
      const span = { lane, name: nameOf(began.urn), from: at, to: returned };
      begun.set(`${began.op} ${began.urn}`, span);
      spans.push(span);
    }
    const ended = (event.resOutputsEvent ?? event.resOpFailedEvent)?.metadata;
    const span = ended && begun.get(`${ended.op} ${ended.urn}`);
    if (span) span.to = at;
  }
  const first = spans.reduce((least, { from }) => Math.min(least, from), returned);
  const last = spans.reduce((most, { to }) => Math.max(most, to), first);
  return [
    {
      lane: "start",
      name: "Pulumi, the program and its modules start; the hosts say who they are",
      from: commanded,
      to: first,
    },
    ...spans,
    ...bands.map(({ name, from, to }): Span => ({ lane: "steps", name, from, to })),
    { lane: "end", name: "the state is written, the plugins end", from: last, to: returned },
  ];
}

type Metadata = NonNullable<EngineEvent["resourcePreEvent"]>["metadata"];

function laneOf({ op, urn, type }: Metadata): Lane | undefined {
  if (["same", "read", "refresh"].includes(op)) return "same";
  if (op.startsWith("delete") || op.startsWith("discard")) return "remove";
  // Says only that the two that do the work belong together.
  if (op === "replace") return undefined;
  return type === "command:local:Command" && nameOf(urn).endsWith("-rollout") ? "rollout" : "make";
}

/** It lasts as long as all others together. */
function isStack(type: string): boolean {
  return type === "pulumi:pulumi:Stack";
}

function nameOf(urn: string): string {
  return urn.split("::").at(-1) ?? urn;
}
