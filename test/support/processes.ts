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
    const family = new Set(
      [...processes].filter(([, { command }]) => command.includes(`${directory}/`)).map(([id]) => id),
    );
    for (let size = 0; size < family.size;) {
      size = family.size;
      for (const [id, { parent }] of processes) if (family.has(parent)) family.add(id);
    }
    return [...family]
      .map((id) => processes.get(id)?.command ?? "")
      .filter((command) => !engine.has(path.basename(command.split(" ")[0] ?? "")))
      .map((command) => `${name}: ${command}`);
  });
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
