import { execa } from "execa";

/** A Docker Engine did not do what it was asked. Names the host. */
export class DockerError extends Error {
  /** What is wrong, without the host. */
  readonly problem: string;
  /** The engine itself did not answer: its host is off, cut off, or the engine does not run. */
  readonly unreachable: boolean;

  constructor(host: string, problem: string, { unreachable = false } = {}) {
    super(`host ${host}: ${problem}`);
    this.name = "DockerError";
    this.problem = problem;
    this.unreachable = unreachable;
  }
}

/** What the command line client says when it does not reach an engine. */
const notReached = /cannot connect to the docker daemon|error during connect|failed to dial|dial (unix|tcp)/i;

/** A Docker Engine that can be called: a host's name, for errors, and its endpoint. */
export interface DockerHost {
  name: string;
  docker: string;
}

/**
 * Runs the docker command line client against a host.
 * @param within how long it may take, in milliseconds
 * @returns its output, without the last line's end
 * @throws DockerError with the engine's own words
 */
export async function docker(host: DockerHost, args: string[], { within = 30_000 } = {}): Promise<string> {
  const running = execa("docker", ["-H", host.docker, ...args], {
    reject: false,
    stdin: "ignore",
    all: true,
    // A group of its own: a Ctrl-C at the terminal is for the program that called this, which decides what to do about it.
    detached: true,
  });
  let late = false;
  const timer = setTimeout(() => {
    late = true;
    endGroup(running.pid);
  }, within);
  const result = await running.finally(() => clearTimeout(timer));
  // On a busy machine the time may be over before this program has looked at an answer that came in time.
  if (late && result.exitCode !== 0) {
    const problem = `docker ${args[0]} took more than ${within / 1000} s`;
    throw new DockerError(host.name, problem, { unreachable: true });
  }
  if (result.exitCode !== 0) {
    const words = result.all?.trim() || result.originalMessage;
    throw new DockerError(host.name, `docker ${args[0]}: ${words}`, {
      unreachable: notReached.test(words ?? ""),
    });
  }
  return args[0] === "logs" ? result.all : result.stdout;
}

/**
 * Ends a client that leads a process group of its own. Its ssh goes with it: that would hold the output open for as long as
 * a dead host does not answer.
 */
export function endGroup(leader: number | undefined): void {
  try {
    if (leader !== undefined) process.kill(-leader, "SIGKILL");
  } catch {
    // It has ended in this very moment.
  }
}

/** The arguments with which `docker <kind> ls` and its like name only what carries all of the labels. */
export function labelFilters(labels: Record<string, string>): string[] {
  return Object.entries(labels).flatMap(([name, value]) => ["--filter", `label=${name}=${value}`]);
}

/**
 * The names of the containers, running or not, that carry all of the labels.
 * @param options.filters more of `docker ps --filter`'s filters
 */
export async function containersWith(
  host: DockerHost,
  labels: Record<string, string>,
  options: { within?: number; filters?: string[] } = {},
): Promise<string[]> {
  const filters = [
    ...labelFilters(labels),
    ...(options.filters ?? []).flatMap((filter) => ["--filter", filter]),
  ];
  const names = await docker(host, ["ps", "--all", "--format", "{{.Names}}", ...filters], options);
  return names.split("\n").filter(Boolean);
}

/** Ends containers and removes them, with their anonymous volumes. One that is not there any more is no error. */
export async function removeContainers(
  host: DockerHost,
  names: string[],
  options?: { within?: number },
): Promise<void> {
  if (names.length > 0) await docker(host, ["rm", "--force", "--volumes", ...names], options);
}
