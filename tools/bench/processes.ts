import { readdir, readFile } from "node:fs/promises";

/** A process and everything that it has started and that still runs. */
export async function familyOf(root: number): Promise<Set<number>> {
  const ids = (await readdir("/proc")).map(Number).filter(Number.isInteger);
  const parents = new Map<number, number>();
  for (const id of ids) {
    const fields = await statOf(id).catch(() => []);
    if (fields[1] !== undefined) parents.set(id, Number(fields[1]));
  }
  const family = new Set([root]);
  for (let size = 0; size < family.size;) {
    size = family.size;
    for (const [id, parent] of parents) if (family.has(parent)) family.add(id);
  }
  return family;
}

/** The fields of a process's `stat` from the third on: the second, its name, may have any character in it. */
export async function statOf(id: number | "self"): Promise<string[]> {
  const stat = await readFile(`/proc/${id}/stat`, "utf8");
  return stat.slice(stat.lastIndexOf(")") + 2).split(" ");
}

/** The memory of a process in MiB; what several share is counted once over all of them. */
export async function memoryOf(id: number): Promise<number> {
  const rollup = await readFile(`/proc/${id}/smaps_rollup`, "utf8");
  return Number(/^Pss: +(\d+)/m.exec(rollup)?.[1] ?? 0) / 1024;
}

/**
 * The processor time that these have had since they started, in milliseconds. The scheduler counts it to the nanosecond,
 * for each thread; one that has ended is no longer counted.
 */
export async function processorTimeOf(processes: number[]): Promise<number> {
  let nanoseconds = 0;
  for (const id of processes) {
    for (const thread of await readdir(`/proc/${id}/task`)) {
      const [running = "0"] = (await readFile(`/proc/${id}/task/${thread}/schedstat`, "utf8")).split(" ");
      nanoseconds += Number(running);
    }
  }
  return nanoseconds / 1e6;
}
