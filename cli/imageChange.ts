import { isDeepStrictEqual } from "node:util";
import { isImage } from "../components/image/reference.ts";
import { count, seconds, type RolloutReport } from "../components/rollout/report.ts";
import { CliError, exitCode, usageError } from "./exit.ts";
import { gather } from "./inventory.ts";
import { ownCommand, pulumiCommand } from "./names.ts";
import { print, printJson, say } from "./output.ts";
import type { Stack, StackConfiguration, UpdateOptions } from "./stack.ts";
import { statusOf, type ServiceStatus } from "./status.ts";

/** How a change of a service's image ended. */
export type ImageChangeOutcome =
  /** It serves. */
  | "released"
  /** It served already, and the update brought nothing else to the service. */
  | "unchanged"
  /** Nothing was touched: the preview failed, or somebody said no. */
  | "not-run"
  /** What served before serves on. */
  | "failed"
  /** It serves, and the update failed after that. */
  | "failed-after-the-move";

export interface ImageChange {
  service: string;
  image: string;
  outcome: ImageChangeOutcome;
  /** What serves now. */
  serving: ServiceStatus | null;
  report: RolloutReport | null;
}

export interface ImageChangeOptions extends UpdateOptions {
  /** What the update says of itself in the history: `release web acme/web:1.5`. */
  what: string;
}

/**
 * Sets a service's image in the stack's configuration and runs the update.
 *
 * When the update fails before the traffic has moved, or is not run at all, the configuration goes back to what it was:
 * the file says what serves, and the next update, perhaps somebody else's for another reason, does not try the same
 * release again.
 */
export async function changeImage(
  stack: Stack,
  config: StackConfiguration,
  { service, image }: { service: string; image: string },
  { what, ...options }: ImageChangeOptions,
): Promise<number> {
  const place = `services.${service}.image`;
  const before = config.services?.[service]?.image;
  // Nothing, where it stands in the base file.
  const own = config.own.services?.[service]?.image;
  const stateBefore = await stack.state();
  const deployed = stateBefore.services.find(({ name }) => name === service);
  const latest = await stack.latestUpdate();
  if (before !== image) await stack.set(place, image);
  let succeeded = false;
  try {
    succeeded = await stack.update(what, options);
  } finally {
    if (options.preview) await restore(stack, place, { service, image, before, own });
  }
  if (options.preview) return succeeded ? exitCode.ok : exitCode.failed;

  const state = await stack.state();
  const now = state.services.find(({ name }) => name === service);
  const servers = now?.document.servers ?? [];
  const rolledOut = servers.length > 0 && servers.every((server) => isImage(server.image, image));
  // One that was killed is in no history, but it may have left its mark.
  const ran = (await stack.latestUpdate()) !== latest || !isDeepStrictEqual(state, stateBefore);
  const moved = rolledOut && !isDeepStrictEqual(now?.document, deployed?.document);
  const outcome = outcomeOf({ succeeded, ran, rolledOut, moved });
  const restored =
    outcome === "not-run" || outcome === "failed"
      ? await restore(stack, place, { service, image, before, own })
      : undefined;
  const wanted = { state, config: await stack.config() };
  const serving =
    statusOf(wanted, await gather(wanted)).services.find(({ name }) => name === service) ?? null;
  const change: ImageChange = {
    service,
    image,
    outcome,
    serving,
    report: outcome === "released" ? (now?.report ?? null) : null,
  };
  if (options.json) printJson(change);
  const words = describe(change, { stack: stack.name, before, restored });
  if (succeeded) {
    if (!options.json) print("", ...words);
    return exitCode.ok;
  }
  say("", ...words);
  return exitCode.failed;
}

/** What became of it, from how the update ended and what the state says afterwards. */
export function outcomeOf(end: {
  /** The update succeeded. */
  succeeded: boolean;
  /** The update began to change something. */
  ran: boolean;
  /** The last rollout that succeeded is one of this image. */
  rolledOut: boolean;
  /** That rollout is a new one. */
  moved: boolean;
}): ImageChangeOutcome {
  if (end.succeeded) return end.moved ? "released" : "unchanged";
  if (!end.ran) return "not-run";
  return end.rolledOut ? "failed-after-the-move" : "failed";
}

/** @returns whether the configuration has its old image again; not when somebody else has changed it meanwhile */
async function restore(
  stack: Stack,
  place: string,
  was: { service: string; image: string; before: string | undefined; own: string | undefined },
): Promise<boolean> {
  const { service, image, before, own } = was;
  if (before === image) return true;
  const present = (await stack.config()).services?.[service]?.image;
  if (present !== image) return present === before;
  await stack.set(place, own);
  return true;
}

function describe(
  { service, image, outcome, serving, report }: ImageChange,
  { stack, before, restored }: { stack: string; before: string | undefined; restored: boolean | undefined },
): string[] {
  const runs = serving
    ? `${service}: ${serving.image} serves, from ${serving.serving} of ${count(serving.wanted, "replica")}`
    : `${service}: nothing serves`;
  const configuration =
    before === image
      ? []
      : restored
        ? [`${service}: the configuration says ${before ?? "nothing"} again`]
        : [`${service}: the configuration was changed by somebody else meanwhile, and stays as it is`];
  switch (outcome) {
    case "released": {
      const took = Object.values(report?.phases ?? {}).reduce((sum, each) => sum + each, 0);
      return [`${runs}; the rollout took ${seconds(took)}`];
    }
    case "unchanged":
      return [`${runs}; nothing had to change`];
    case "not-run":
      return [`${service}: nothing was touched`, ...configuration];
    case "failed":
      return [
        `${service}: the release of ${image} failed; what is wrong stands above`,
        runs,
        ...configuration,
        `${service}: what the failed release left goes with the next good one, or now with: ${pulumiCommand()} up --stack ${stack}`,
      ];
    case "failed-after-the-move":
      return [
        `${service}: the traffic has moved to ${image}, and the update failed after that; what is wrong stands above`,
        runs,
        `${service}: the configuration keeps ${image}; finish the update with: ${pulumiCommand()} up --stack ${stack}`,
      ];
  }
}

/** @throws CliError when the stack's configuration has no such service */
export function checkConfigured(stack: Stack, config: StackConfiguration, service: string): void {
  if (!config.services) {
    throw new CliError(`the configuration of stack ${stack.name} has no ${stack.project}:services`, {
      code: exitCode.usage,
      next: "a program of your own says itself which image it runs: change it there, and run pulumi up",
    });
  }
  if (config.services[service]) return;
  const names = Object.keys(config.services).sort();
  throw usageError(
    `the configuration of stack ${stack.name} has no service ${service}`,
    names.length > 0
      ? `it has ${names.join(", ")}`
      : `${ownCommand()} doctor --stack ${stack.name} checks it`,
  );
}
