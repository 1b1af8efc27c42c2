import { readdir, readFile } from "node:fs/promises";
import { setTimeout as pause } from "node:timers/promises";

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
  const ids = (await readdir("/proc")).map(Number).filter(Number.isInteger);
  const parents = new Map<number, number>();
  for (const id of ids) {
    const fields = await statOf(id).catch(() => []);
    if (fields[1] !== undefined) parents.set(id, Number(fields[1]));
  }
  const family = new Set([process.pid]);
  for (let size = 0; size < family.size;) {
    size = family.size;
    for (const [id, parent] of parents) if (family.has(parent)) family.add(id);
  }
  family.delete(process.pid);
  const found: Record<string, number> = {};
  for (const id of family) {
    try {
      const rollup = await readFile(`/proc/${id}/smaps_rollup`, "utf8");
      const program = (await readFile(`/proc/${id}/comm`, "utf8")).trim();
      found[program] = (found[program] ?? 0) + Number(/^Pss: +(\d+)/m.exec(rollup)?.[1] ?? 0) / 1024;
    } catch {
      // It has ended in the meantime.
    }
  }
  return found;
}

/** The fields of a process's `stat` from the third on: the second, its name, may have any character in it. */
async function statOf(id: number | "self"): Promise<string[]> {
  const stat = await readFile(`/proc/${id}/stat`, "utf8");
  return stat.slice(stat.lastIndexOf(")") + 2).split(" ");
}

function sum(memory: Record<string, number>): number {
  return Object.values(memory).reduce((total, each) => total + each, 0);
}

function round(value: number): number {
  return Math.round(value * 10) / 10;
}
