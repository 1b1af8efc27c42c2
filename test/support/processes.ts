import { readdir, readFile } from "node:fs/promises";
import path from "node:path";
import type { LabHost } from "./containers.ts";

/** What a Docker Engine itself consists of. */
const engine = new Set(["dockerd", "containerd"]);

interface Process {
  parent: number;
  command: string;
}

/**
 * What runs on the lab's hosts apart from their Docker Engines, in words: the programs in containers, and the
 * engines' helpers for them.
 */
export async function labProcesses(hosts: LabHost[]): Promise<string[]> {
  const processes = await allProcesses();
  return hosts.flatMap(({ name, docker }) => {
    const directory = path.dirname(docker.replace(/^unix:\/\//, ""));
    // The engine and its helpers name the host's directory; what they started descends from them.
    const engines = [...processes].filter(([, { command }]) => command.includes(`${directory}/`));
    return [
      ...family(
        engines.map(([id]) => id),
        processes,
      ),
    ]
      .map((id) => processes.get(id)?.command ?? "")
      .filter((command) => !engine.has(path.basename(command.split(" ")[0] ?? "")))
      .map((command) => `${name}: ${command}`);
  });
}

/**
 * The traffic programs that an update has started.
 * @param update the process of `pulumi up`
 */
export async function trafficPrograms(update: number): Promise<number[]> {
  const processes = await allProcesses();
  return [...family([update], processes)].filter((id) =>
    /^\S*node .*handover\/rollout/.test(processes.get(id)?.command ?? ""),
  );
}

/** These processes and all that descend from them. */
function family(eldest: number[], processes: ReadonlyMap<number, Process>): Set<number> {
  const found = new Set(eldest);
  for (let size = 0; size < found.size;) {
    size = found.size;
    for (const [id, { parent }] of processes) if (found.has(parent)) found.add(id);
  }
  return found;
}

async function allProcesses(): Promise<Map<number, Process>> {
  const ids = (await readdir("/proc")).map(Number).filter(Number.isInteger);
  const found = await Promise.all(ids.map(async (id) => [id, await readProcess(id)] as const));
  return new Map(found.flatMap(([id, process]) => (process ? [[id, process]] : [])));
}

async function readProcess(id: number): Promise<Process | undefined> {
  try {
    const status = await readFile(`/proc/${id}/status`, "utf8");
    const command = (await readFile(`/proc/${id}/cmdline`, "utf8")).replaceAll("\0", " ").trim();
    if (status.includes("State:\tZ")) return undefined;
    return { parent: Number(/^PPid:\t(\d+)/m.exec(status)?.[1]), command };
  } catch {
    // It has ended in the meantime.
    return undefined;
  }
}
