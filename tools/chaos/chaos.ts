import { labHosts, type LabHost } from "../../test/support/containers.ts";
import { seconds } from "../../test/support/figures.ts";
import { now } from "../../test/support/load/types.ts";
import type { TestStack } from "../../test/support/stack.ts";
import { lastWords } from "./lastWords.ts";
import { leftovers } from "./leftovers.ts";
import { firstModel } from "./model.ts";
import { configure, performerOn } from "./perform.ts";
import { ending, plan, type PlannedStep } from "./plan.ts";
import { describe, isFault } from "./step.ts";
import { Violation, Watch, type Seen } from "./watch.ts";

/** No step takes so long: something waits for ever. In milliseconds. */
const stepWithin = 5 * 60_000;

export interface ChaosOptions {
  /** A stack on the lab, of which nothing but its edges' hosts is taken over. */
  stack: TestStack;
  /** A whole number of 32 bits. The same seed is the same sequence of steps. */
  seed: number;
  /** Whether a step more is due, when so many have been done in so many milliseconds of the load. */
  goesOn: (steps: number, elapsed: number) => boolean;
  say: (line: string) => void;
  /** Makes the present step the last one before everything is brought back. */
  stop?: AbortSignal;
}

export interface ChaosReport extends Seen {
  steps: number;
  faults: number;
  sent: number;
  /** What was seen that must never be. */
  violation?: string;
}

/** Lets happen to a stack under load what a seed says, and compares what users get with what was promised to them. */
export async function chaos({ stack, seed, goesOn, say, stop }: ChaosOptions): Promise<ChaosReport> {
  const { hosts, loadBalancer } = await stack.config();
  const machines = labHosts(hosts);
  const edges = new Map(loadBalancer.hosts.map((host) => [host, hosts[host]?.address ?? ""]));
  const start = firstModel(Object.keys(hosts), loadBalancer.hosts);
  await configure(stack, start);
  await stack.up();

  const { version } = start.release;
  const watch = await Watch.start(
    { hosts: machines, stack: stack.name, edges },
    { version, replicas: start.replicas },
  );
  const perform = performerOn(stack, watch);
  const count = { steps: 0, faults: 0 };
  const began = now();
  let last = start;
  let broken = false;

  /** One step after the other, the ending's too. */
  async function steps(): Promise<void> {
    for (const planned of plan(seed, start)) {
      if (!goesOn(count.steps, now() - began) || stop?.aborted) break;
      await one(planned);
    }
    for (const planned of ending(last)) await one(planned);
    await nothingLeft(stack, machines, edges);
  }

  async function one(planned: PlannedStep): Promise<void> {
    if (broken) return;
    const { step, after } = planned;
    const number = String(++count.steps).padStart(3);
    say(`${number}  ${clock(now() - began)}  ${describe(step)}`);
    if (isFault(step)) count.faults++;
    const since = now();
    await inTime(perform(planned), describe(step));
    say(`${" ".repeat(12)}done in ${seconds(now() - since)}`);
    last = after;
  }

  let violation: string | undefined;
  const work = steps();
  try {
    // Ends with the first violation, whatever is going on then.
    await Promise.race([work, watch.violated.then(() => work)]);
    await watch.stop();
  } catch (error) {
    broken = true;
    // The step that was under way: what cleans up after this must not meet it.
    await work.catch(() => {});
    if (!(error instanceof Violation)) throw error;
    if (!stop?.aborted) violation = error.message;
  } finally {
    await watch.stop().catch(() => {});
  }
  return { ...count, ...watch.seen, sent: watch.sent, ...(violation !== undefined && { violation }) };
}

async function nothingLeft(
  stack: TestStack,
  hosts: LabHost[],
  edges: ReadonlyMap<string, string>,
): Promise<void> {
  const left = await leftovers(stack, hosts, edges);
  if (left.length > 0) throw new Violation(`something is orphaned at the end:\n  ${left.join("\n  ")}`);
  await stack.up({ expectNoChanges: true }).catch((error: Error) => {
    throw new Violation(`one more update should have nothing to do:\n${lastWords(error)}`);
  });
}

async function inTime(work: Promise<void>, what: string): Promise<void> {
  let timer: NodeJS.Timeout | undefined;
  const late = new Promise<never>((_, reject) => {
    timer = setTimeout(
      () => reject(new Violation(`not done within ${stepWithin / 60_000} minutes: ${what}`)),
      stepWithin,
    );
  });
  try {
    await Promise.race([work, late]);
  } finally {
    clearTimeout(timer);
  }
}

/** `01:02`, minutes and seconds */
function clock(milliseconds: number): string {
  const total = Math.floor(milliseconds / 1000);
  return [Math.floor(total / 60), total % 60].map((part) => String(part).padStart(2, "0")).join(":");
}
