import { milliseconds } from "../../components/config/duration.ts";
import { EdgeError } from "../../components/edge/edgeError.ts";
import type { Hold } from "../../components/edge/holds.ts";
import { HeldService } from "../../components/edge/maintenance.ts";
import { count } from "../../components/rollout/report.ts";
import { until } from "../../components/until.ts";
import { CliError, exitCode } from "../exit.ts";
import { list } from "../format.ts";
import { edgesOf } from "../inventory.ts";
import { ownCommand } from "../names.ts";
import { print, printJson, say } from "../output.ts";
import { Stack, type StackOptions } from "../stack.ts";
import { noSuchService } from "./status.ts";

/** How long a pause and the beginning of maintenance wait for the requests that were there before. */
const settlesWithin = 5_000;

export type MaintenanceState = "on" | "off";

interface HoldOptions extends StackOptions {
  json?: boolean;
}

/** What became of it on one edge. */
interface EdgeOutcome {
  edge: string;
  /** Why it did not work; `null` when it did. */
  problem: string | null;
  /** Requests that waited there in a pause, before the change. */
  waited: number;
}

/** `handover maintenance on|off`: every request gets a 503, a page for people and a Retry-After for programs. */
export async function maintenance(
  state: MaintenanceState,
  service: string,
  options: HoldOptions & { retryAfter: string },
): Promise<number> {
  const retryAfter = milliseconds(options.retryAfter) / 1000;
  return hold(service, options, {
    to: (present) => {
      if (state === "on") return { kind: "maintenance", retryAfter };
      if (present?.kind === "pause")
        throw new Error("is paused, not in maintenance; handover resume ends that");
      return undefined;
    },
    settle: state === "on",
    done: ({ edges, inFlight, command }) =>
      state === "on"
        ? [
            `in maintenance: ${edges} with 503 and Retry-After: ${retryAfter}; ${inFlight}`,
            `to end it: ${command("maintenance off")}`,
          ]
        : ["requests are handed on again"],
  });
}

/** `handover pause`: requests wait at the edges. */
export async function pause(
  service: string,
  options: HoldOptions & { for: string; most: number },
): Promise<number> {
  const seconds = milliseconds(options.for) / 1000;
  const { most } = options;
  return hold(service, options, {
    to: (present, now) => {
      if (present?.kind === "maintenance")
        throw new Error("is in maintenance: its requests do not get through");
      return { kind: "pause", ends: now + seconds, most };
    },
    settle: true,
    done: ({ inFlight, command }) => [
      `paused: requests wait, for ${seconds} s and up to ${most.toLocaleString("en")} of them at each edge; ${inFlight}`,
      `to go on: ${command("resume")}`,
    ],
  });
}

/** `handover resume`: what waits goes on. */
export async function resume(service: string, options: HoldOptions): Promise<number> {
  return hold(service, options, {
    to: (present) => {
      if (present?.kind === "maintenance")
        throw new Error("is in maintenance, not paused; handover maintenance off ends that");
      return undefined;
    },
    settle: false,
    done: ({ waited }) => [`requests are handed on again; ${count(waited, "request")} had waited`],
  });
}

interface HoldChange {
  /** What is to be, from what is and the edge's time. An error says why it cannot be. */
  to(present: Hold | undefined, now: number): Hold | undefined;
  /** Whether to wait for the requests that were there before. */
  settle: boolean;
  done(words: { edges: string; inFlight: string; waited: number; command(words: string): string }): string[];
}

/** Changes what all edges do with a service's requests, all at the same moment. No update and no rollout is needed. */
async function hold(
  service: string,
  options: HoldOptions,
  { to, settle, done }: HoldChange,
): Promise<number> {
  const stack = await Stack.open(options);
  const [state, config] = await Promise.all([stack.state(), stack.config()]);
  const names = state.services.map(({ name }) => name);
  if (!names.includes(service)) throw noSuchService(service, names, stack.name);
  const documents = edgesOf(state).filter(({ host }) => config.hosts?.[host]?.state !== "lost");
  if (documents.length === 0) throw new CliError(`stack ${stack.name} has no edge that could be told`);
  const edges = documents.map((edge) => new HeldService(edge, service));
  try {
    const outcomes = await Promise.all(edges.map((edge) => changeOn(edge, to)));
    const failed = outcomes.filter(({ problem }) => problem !== null);
    const inFlight = settle && failed.length === 0 ? await settled(edges) : null;
    const waited = outcomes.reduce((sum, each) => sum + each.waited, 0);
    if (options.json) printJson({ service, edges: outcomes, inFlight, waited });
    if (failed.length > 0) throw refusal(service, outcomes);
    if (options.json) return exitCode.ok;
    const lines = done({
      edges: `the ${edges.length === 1 ? "edge" : "edges"} on ${list(edges.map(({ host }) => host))} answer${edges.length === 1 ? "s" : ""}`,
      inFlight:
        inFlight === 0
          ? "no request of before is in flight"
          : `${count(inFlight ?? 0, "request")} of before still in flight after ${settlesWithin / 1000} s`,
      waited,
      command: (words) => `${ownCommand()} ${words} ${service} --stack ${stack.name}`,
    });
    print(...lines.map((line) => `${service}: ${line}`));
    return exitCode.ok;
  } finally {
    // Nobody waits for the end of a conversation that may have stalled.
    for (const edge of edges) void edge.close().catch(() => {});
  }
}

async function changeOn(edge: HeldService, to: HoldChange["to"]): Promise<EdgeOutcome> {
  try {
    const { now, requests: waited } = await edge.waiting();
    await edge.change((present) => to(present, now));
    return { edge: edge.host, problem: null, waited };
  } catch (error) {
    return {
      edge: edge.host,
      problem: error instanceof EdgeError ? error.problem : (error as Error).message,
      waited: 0,
    };
  }
}

/** Waits until nothing of before is in flight. @returns how much still is */
async function settled(edges: HeldService[]): Promise<number> {
  let inFlight = 0;
  await until(
    async () => {
      inFlight = (await Promise.all(edges.map((edge) => edge.inFlight()))).reduce(
        (sum, each) => sum + each,
        0,
      );
      return inFlight === 0;
    },
    { within: settlesWithin },
  );
  return inFlight;
}

function refusal(service: string, outcomes: EdgeOutcome[]): CliError {
  const failed = outcomes.filter(({ problem }) => problem !== null);
  const problems = new Set(failed.map(({ problem }) => problem));
  if (failed.length === outcomes.length && problems.size === 1)
    return new CliError(`${service}: ${failed[0]?.problem}`);
  for (const { edge, problem } of failed) say(`edge on ${edge}: ${problem}`);
  const changed = outcomes.filter(({ problem }) => problem === null).map(({ edge }) => edge);
  return new CliError(
    `${service}: not on every edge` + (changed.length > 0 ? `, but on ${list(changed)}` : ""),
    { next: "mend the edge, or mark its host lost, and run this again" },
  );
}
