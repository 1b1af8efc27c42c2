import { containersWith, docker, removeContainers } from "../docker/docker.ts";
import { label } from "../labels.ts";
import type { HostDocument, RolloutDocument, ServerDocument } from "./document.ts";

/** What a container is doing, as far as a rollout cares. */
export interface ContainerState {
  /** `running`, `restarting`, `exited`, ... as Docker says it, or `missing`. */
  status: string;
  restarts: number;
  exitCode: number;
  revision: string;
}

/** The containers of one service, on the hosts that may be called. */
export interface Containers {
  inspect(server: ServerDocument): Promise<ContainerState>;
  /** The last lines that it wrote. */
  log(server: ServerDocument, lines: number): Promise<string>;
  /** Removes the service's containers of this stack that are not among those to keep. @returns their names */
  removeLeftovers(keep: ReadonlySet<string>): Promise<string[]>;
}

export function containersOf(document: RolloutDocument): Containers {
  const hosts = new Map(document.hosts.map((host) => [host.name, host]));
  const hostOf = (server: ServerDocument): HostDocument => {
    const host = hosts.get(server.host);
    if (!host) throw new Error(`${server.replica} is to run on ${server.host}, which is not among the hosts`);
    return host;
  };
  const format = `{{.State.Status}} {{.RestartCount}} {{.State.ExitCode}} {{index .Config.Labels "${label.revision}"}}`;

  return {
    async inspect(server) {
      const answer = await docker(hostOf(server), ["inspect", "--format", format, server.container], {
        within: 10_000,
      }).catch((error: Error) => {
        if (/no such object/i.test(error.message)) return "missing 0 0 -";
        throw error;
      });
      const [status = "", restarts, exitCode, revision = ""] = answer.split(" ");
      return { status, restarts: Number(restarts), exitCode: Number(exitCode), revision };
    },

    log: (server, lines) =>
      docker(hostOf(server), ["logs", "--tail", String(lines), server.container], { within: 10_000 }),

    async removeLeftovers(keep) {
      const removed = await Promise.all(
        document.hosts.map(async (host) => {
          const present = await containersWith(host, {
            [label.project]: document.project,
            [label.stack]: document.stack,
            [label.service]: document.service,
            [label.role]: "replica",
            [label.host]: host.name,
          });
          const leftovers = present.filter((name) => !keep.has(name));
          await removeContainers(host, leftovers);
          return leftovers;
        }),
      );
      return removed.flat();
    },
  };
}
