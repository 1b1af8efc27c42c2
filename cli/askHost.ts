import { docker, labelFilters, type DockerHost } from "../components/docker/docker.ts";
import { label } from "../components/labels.ts";

/** How long a host may take before it counts as one that does not answer. */
export const answersWithin = 5_000;

/** A container as its Docker Engine has it. */
export interface FoundContainer {
  name: string;
  image: string;
  /** `running`, `exited`, `restarting`, ... */
  status: string;
  /** When it was made, and last started, in ISO 8601. */
  createdAt: string;
  startedAt: string;
  exitCode: number;
  restarts: number;
  role: string;
  service: string;
  replica: string;
  revision: string;
}

/** What a host answered, or why it did not. */
export type HostAnswer =
  | { reachable: true; version: string; memory: number; cpus: number; containers: FoundContainer[] }
  | { reachable: false; problem: string };

/** Asks a host what it is and what of the stack it runs. One that does not answer is an answer, too. */
export async function askHost(
  host: DockerHost,
  stack: { project: string; stack: string },
): Promise<HostAnswer> {
  try {
    const [info, containers] = await Promise.all([
      docker(host, ["info", "--format", "{{.ServerVersion}} {{.MemTotal}} {{.NCPU}}"], {
        within: answersWithin,
      }),
      containersOn(host, stack),
    ]);
    const [version = "", memory, cpus] = info.split(" ");
    return { reachable: true, version, memory: Number(memory), cpus: Number(cpus), containers };
  } catch (error) {
    return { reachable: false, problem: inShort((error as Error).message, host) };
  }
}

/** The labels that tell a stack's containers on one of its hosts. */
export function stackFilters(host: string, stack: { project: string; stack: string }): string[] {
  return labelFilters({ [label.project]: stack.project, [label.stack]: stack.stack, [label.host]: host });
}

const format = `{"name":{{json .Name}},"image":{{json .Config.Image}},"status":{{json .State.Status}},"createdAt":{{json .Created}},"startedAt":{{json .State.StartedAt}},"exitCode":{{.State.ExitCode}},"restarts":{{.RestartCount}},"labels":{{json .Config.Labels}}}`;

async function containersOn(
  host: DockerHost,
  stack: { project: string; stack: string },
): Promise<FoundContainer[]> {
  const within = { within: answersWithin };
  // One that goes between the two questions is asked for in vain: then both are asked again.
  for (let attempts = 3; ; attempts -= 1) {
    const listed = await docker(host, ["ps", "--all", "--quiet", ...stackFilters(host.name, stack)], within);
    const ids = listed.split("\n").filter(Boolean);
    if (ids.length === 0) return [];
    try {
      const lines = await docker(
        host,
        ["inspect", "--type", "container", "--format", format, ...ids],
        within,
      );
      return lines.split("\n").map(readContainer);
    } catch (error) {
      if (attempts === 1 || !/no such (object|container)/i.test((error as Error).message)) throw error;
    }
  }
}

function readContainer(line: string): FoundContainer {
  const { labels, name, ...found } = JSON.parse(line) as Omit<
    FoundContainer,
    "role" | "service" | "replica" | "revision"
  > & { labels: Record<string, string> };
  return {
    ...found,
    name: name.replace(/^\//, ""),
    role: labels[label.role] ?? "",
    service: labels[label.service] ?? "",
    replica: labels[label.replica] ?? "",
    revision: labels[label.revision] ?? "",
  };
}

/** The engine's or ssh's own words, in one line, without what stands beside them anyway. */
export function inShort(message: string, host: DockerHost): string {
  if (/took more than/.test(message)) return `no answer within ${answersWithin / 1000} s`;
  if (/Cannot connect to the Docker daemon/.test(message)) return "cannot connect";
  const words = message.replace(`host ${host.name}: `, "").replace(/^docker \w+: /, "");
  const ssh = /stderr=(.*)$/s.exec(words)?.[1];
  const lines = (ssh ?? words).trim().split("\n").filter(Boolean);
  const line =
    lines.find((each) => /cannot connect|error|refused|denied|timed out|lookup/i.test(each)) ?? lines[0];
  return (line ?? "it does not answer").trim();
}
