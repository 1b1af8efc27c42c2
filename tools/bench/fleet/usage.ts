import { readFile } from "node:fs/promises";
import { setTimeout as pause } from "node:timers/promises";
import { familyOf, memoryOf, statOf } from "../processes.ts";

/** What a command has used, with everything that it started. */
export interface Usage {
  /** From the command to its return, in seconds. */
  wall: number;
  /** Processor time of all its processes, in seconds. */
  cpu: number;
  /** The most memory that they had at one time, in MiB; what several share is counted once. */
  memory: number;
  /** The same at that time by program, the largest first. */
  programs: Record<string, number>;
}

/** Linux's clock ticks in a second, as /proc counts them: the same on every architecture in use. */
const ticks = 100;

/** Runs something that waits for child processes, and measures those. */
export async function measured(run: () => Promise<unknown>): Promise<Usage> {
  const before = await childrensTicks();
  const started = performance.now();
  let peak: Record<string, number> = {};
  let over = false;
  const watch = (async () => {
    while (!over) {
      const now = await memoryByProgram();
      if (sum(now) > sum(peak)) peak = now;
      await pause(1_000);
    }
  })();
  try {
    await run();
  } finally {
    over = true;
  }
  const wall = (performance.now() - started) / 1000;
  await watch;
  return {
    wall: round(wall),
    cpu: round(((await childrensTicks()) - before) / ticks),
    memory: Math.round(sum(peak)),
    programs: Object.fromEntries(
      Object.entries(peak)
        .sort(([, a], [, b]) => b - a)
        .map(([program, memory]) => [program, Math.round(memory)]),
    ),
  };
}

/** The processor time of all children that have ended, and of theirs. */
async function childrensTicks(): Promise<number> {
  const fields = await statOf("self");
  return Number(fields[13]) + Number(fields[14]);
}

async function memoryByProgram(): Promise<Record<string, number>> {
  const family = await familyOf(process.pid);
  family.delete(process.pid);
  const found: Record<string, number> = {};
  for (const id of family) {
    try {
      const memory = await memoryOf(id);
      const program = (await readFile(`/proc/${id}/comm`, "utf8")).trim();
      found[program] = (found[program] ?? 0) + memory;
    } catch {
      // It has ended in the meantime.
    }
  }
  return found;
}

function sum(memory: Record<string, number>): number {
  return Object.values(memory).reduce((total, each) => total + each, 0);
}

function round(value: number): number {
  return Math.round(value * 10) / 10;
}
