import { existsSync, readdirSync, readFileSync, statSync } from "node:fs";
import { until } from "../../components/until.ts";
import type { LabHost } from "./hosts.ts";

/** Everything that runs on a host: the processes in its namespace, and what descends from them (its containers). */
function processesOf(host: LabHost): number[] {
  const file = `/run/netns/${host.namespace}`;
  if (!existsSync(file)) return [];
  const namespace = statSync(file).ino;
  const parents = new Map<number, number>();
  const found = new Set<number>();
  for (const id of readdirSync("/proc").map(Number).filter(Number.isInteger)) {
    try {
      const stat = readFileSync(`/proc/${id}/stat`, "utf8");
      // The name, in parentheses, may have any character in it.
      const [state, parent] = stat.slice(stat.lastIndexOf(")") + 2).split(" ");
      if (state === "Z") continue;
      parents.set(id, Number(parent));
      if (statSync(`/proc/${id}/ns/net`).ino === namespace) found.add(id);
    } catch {
      // It has ended in the meantime.
    }
  }
  for (let size = -1; size !== found.size;) {
    size = found.size;
    for (const [id, parent] of parents) if (found.has(parent)) found.add(id);
  }
  return [...found];
}

/** Ends everything that runs on a host, without a chance to do anything before. */
export async function killAll(host: LabHost): Promise<void> {
  const gone = await until(
    async () => {
      const processes = processesOf(host);
      for (const id of processes) kill(id);
      return processes.length === 0;
    },
    { within: 15_000, every: 50 },
  );
  if (!gone) throw new Error(`${host.name}: processes ${processesOf(host).join(", ")} do not end.`);
}

function kill(id: number): void {
  try {
    process.kill(id, "SIGKILL");
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== "ESRCH") throw error;
  }
}
