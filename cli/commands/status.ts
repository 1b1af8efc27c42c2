import { setTimeout as wait } from "node:timers/promises";
import { exitCode, usageError } from "../exit.ts";
import { gather, type Wanted } from "../inventory.ts";
import { print, printJson } from "../output.ts";
import { Stack, type StackOptions } from "../stack.ts";
import { statusOf, type Status } from "../status.ts";
import { describeStatus } from "../statusText.ts";

export interface StatusOptions extends StackOptions {
  watch?: boolean;
  json?: boolean;
}

const every = 2_000;
/** The state changes with updates only, and asking for it costs more than asking all hosts. */
const statesEvery = 10_000;

export async function status(service: string | undefined, options: StatusOptions): Promise<number> {
  const stack = await Stack.open(options);
  let wanted = await wantedOf(stack);
  if (!options.watch) {
    const now = only(service, statusOf(wanted, await gather(wanted, { logs: true })), wanted);
    if (options.json) printJson(now);
    else print(...describeStatus(now));
    return now.differences.length > 0 ? exitCode.differs : exitCode.ok;
  }
  let asked = Date.now();
  let before: Status | undefined;
  for (;;) {
    if (Date.now() - asked >= statesEvery) {
      wanted = await wantedOf(stack);
      asked = Date.now();
    }
    const now = only(service, statusOf(wanted, await gather(wanted, { logs: true })), wanted);
    if (options.json) process.stdout.write(`${JSON.stringify(now)}\n`);
    else {
      if (process.stdout.isTTY) process.stdout.write("\x1b[H\x1b[2J\x1b[3J");
      print(...describeStatus(now, before), "");
    }
    before = now;
    await wait(every);
  }
}

export async function wantedOf(stack: Stack): Promise<Wanted> {
  const [state, config] = await Promise.all([stack.state(), stack.config()]);
  return { state, config };
}

/** What is of one service; hosts and edges are everybody's. */
function only(service: string | undefined, status: Status, { config }: Wanted): Status {
  if (service === undefined) return status;
  const names = new Set([...status.services.map(({ name }) => name), ...Object.keys(config.services ?? {})]);
  if (!names.has(service)) throw noSuchService(service, names, status.stack);
  return {
    ...status,
    services: status.services.filter(({ name }) => name === service),
    replicas: status.replicas.filter((replica) => replica.service === service),
    differences: status.differences.filter((each) => each.service === null || each.service === service),
  };
}

export function noSuchService(service: string, names: Iterable<string>, stack: string): Error {
  const all = [...names].sort();
  const next = all.length > 0 ? `it has ${all.join(", ")}` : "it has no services yet";
  return usageError(`stack ${stack} has no service ${service}`, next);
}
