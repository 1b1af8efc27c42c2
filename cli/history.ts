import { isDeepStrictEqual } from "node:util";
import { isImage } from "../components/image/reference.ts";
import type { ServiceConfig } from "../components/types.ts";

/** One update of the stack. */
export interface UpdateRecord {
  /** Counted from the first, 1. */
  number: number;
  kind: string;
  /** `succeeded`, `failed` or `in-progress`. */
  result: string;
  startedAt: string;
  /** In seconds; `undefined` while it runs. */
  took: number | undefined;
  who: string;
  message: string;
  /** The services as that update's configuration had them; `undefined` for a program that has none of them. */
  services: Record<string, ServiceConfig> | undefined;
}

/** What `pulumi stack history --json` prints, newest first. */
export interface RawUpdate {
  kind: string;
  result: string;
  startTime: string;
  endTime?: string;
  message?: string;
  environment?: Record<string, string>;
  config?: Record<string, { value?: string; objectValue?: unknown; secret?: boolean }>;
}

/** Newest first, as it came. */
export function readHistory(updates: RawUpdate[], project: string): UpdateRecord[] {
  return updates.map((update, index) => {
    const services = update.config?.[`${project}:services`]?.objectValue;
    const started = Date.parse(update.startTime);
    const ended = update.endTime ? Date.parse(update.endTime) : NaN;
    return {
      number: updates.length - index,
      kind: update.kind,
      result: update.result,
      startedAt: update.startTime,
      took: Number.isNaN(ended) || update.result === "in-progress" ? undefined : (ended - started) / 1000,
      who: who(update),
      message: update.message ?? "",
      services: services as Record<string, ServiceConfig> | undefined,
    };
  });
}

const signature = /^(handover: .+) \(by (.+)\)$/;

/** What an update that this program runs says of itself. */
export function updateMessage(what: string, user: string): string {
  return `handover: ${what} (by ${user})`;
}

/** Who ran it, when this program was used; else whom Pulumi found: CI's user, the author of the commit at hand. */
function who({ message = "", environment = {} }: RawUpdate): string {
  return (
    signature.exec(message)?.[2] ??
    environment["ci.actor"] ??
    environment["git.author"] ??
    environment["git.committer"] ??
    "unknown"
  );
}

/** Without who ran it, which has a column of its own. */
export function shortMessage(message: string): string {
  return (signature.exec(message)?.[1] ?? message).split("\n")[0] ?? "";
}

export interface RollbackTarget {
  image: string;
  /** The update that released it. */
  update: UpdateRecord;
  /** When something else took its place; `undefined` when that is not in the history. */
  until: string | undefined;
  /** What else of the service's configuration was different then, by its keys. It stays as it is now. */
  alsoDifferent: string[];
}

/** The image that a service served well with before what it serves now: the last other one of an update that succeeded. */
export function rollbackTarget(
  history: UpdateRecord[],
  service: string,
  serving: string,
  current: ServiceConfig,
): RollbackTarget | undefined {
  const good = history.filter(({ kind, result }) => kind === "update" && result === "succeeded");
  const index = good.findIndex(({ services }) => {
    const image = services?.[service]?.image;
    return image !== undefined && !isImage(serving, image);
  });
  const last = good[index];
  const then = last?.services?.[service];
  if (!last || !then) return undefined;
  // The first of the run of updates that had this image is the one that released it.
  let first = index;
  while (good[first + 1]?.services?.[service]?.image === then.image) first += 1;
  const keys = [...new Set([...Object.keys(then), ...Object.keys(current)])] as (keyof ServiceConfig)[];
  return {
    image: then.image,
    update: good[first] ?? last,
    until: good[index - 1]?.startedAt,
    alsoDifferent: keys
      .filter((key) => key !== "image" && !isDeepStrictEqual(then[key], current[key]))
      .sort(),
  };
}
