import { containersWith, docker, removeContainers } from "../docker/docker.ts";
import { label } from "../labels.ts";
import { together } from "../together.ts";
import { until } from "../until.ts";
import type { HostDocument, RolloutDocument, ServerDocument } from "./document.ts";
import { allOf } from "./onEach.ts";

/** What a container is doing, as far as a rollout cares. */
export interface ContainerState {
  /** `running`, `restarting`, `exited`, ... as Docker says it, or `missing`. */
  status: string;
  restarts: number;
  exitCode: number;
  revision: string;
}

/** How its process ended last; `undefined` while it runs, because Docker has forgotten it then. */
export function lastExitCode({ status, exitCode }: ContainerState): number | undefined {
  return status === "running" ? undefined : exitCode;
}

/** What was done on the hosts that answered, and what went wrong on the others. */
export interface Swept {
  names: string[];
  problems: string[];
}

/** The containers of one service, on the hosts that may be called. */
export interface Containers {
  inspect(server: ServerDocument): Promise<ContainerState>;
  /** The last lines that it wrote. */
  log(server: ServerDocument, lines: number): Promise<string>;
  /** Starts those of the replicas' containers that do not run: new ones, and those that were stopped. */
  start(servers: ServerDocument[]): Promise<void>;
  /** Stops the service's running containers of this stack that are not among those to keep. They stay stopped. */
  stopAllBut(keep: ReadonlySet<string>): Promise<Swept>;
  /** Removes the service's containers of this stack that are not among those to keep. */
  removeAllBut(keep: ReadonlySet<string>): Promise<Swept>;
}

/** A host that does not answer must not hold anything up for longer. */
const answersWithin = 10_000;

const stopped = ["exited", "created"];
const alive = ["status=running", "status=restarting", "status=paused"];

/** How long a host is asked again which containers it has to start. */
const asksFor = 20_000;

export function containersOf(document: RolloutDocument, asks = asksFor): Containers {
  const within = answersWithin;
  const hosts = new Map(document.hosts.map((host) => [host.name, host]));
  const hostOf = (server: ServerDocument): HostDocument => {
    const host = hosts.get(server.host);
    if (!host) throw new Error(`${server.replica} is to run on ${server.host}, which is not among the hosts`);
    return host;
  };
  const present = (host: HostDocument, filters: string[] = []) =>
    containersWith(
      host,
      {
        [label.project]: document.project,
        [label.stack]: document.stack,
        [label.service]: document.service,
        [label.role]: "replica",
        [label.host]: host.name,
      },
      { within, filters },
    );
  const used = document.hosts.filter(({ name }) => document.uses?.includes(name) ?? true);
  const sweep = async (act: (host: HostDocument) => Promise<string[]>): Promise<Swept> => {
    const outcomes = await Promise.allSettled(used.map(act));
    return {
      names: outcomes.flatMap((outcome) => (outcome.status === "fulfilled" ? outcome.value : [])),
      problems: outcomes.flatMap((outcome) =>
        outcome.status === "rejected" ? [(outcome.reason as Error).message] : [],
      ),
    };
  };
  // A process for each of a thousand replicas, every second while they become healthy, is more than a machine has.
  const inspections = new Map(
    document.hosts.map((host) => [host, together((names: string[]) => inspectAll(host, names))]),
  );

  return {
    inspect: async (server) => inspections.get(hostOf(server))!(server.container),

    log: (server, lines) =>
      docker(hostOf(server), ["logs", "--tail", String(lines), server.container], { within }),

    async start(servers) {
      await allOf(
        document.hosts.map(async (host) => {
          const here = servers.filter((server) => server.host === host.name).map((each) => each.container);
          if (here.length === 0) return;
          // A host that does not answer for a moment is asked again. After that it is for the edges to say whether its
          // replicas are healthy. Not by `docker ps`: an engine that could not write to its disk when it stopped one
          // lists that as running for ever.
          const states = await until(() => inspectAll(host, here).catch(() => undefined), { within: asks });
          const due = here.filter((_, index) => stopped.includes(states?.[index]?.status ?? ""));
          if (due.length > 0) await docker(host, ["start", ...due]);
        }),
      );
    },

    stopAllBut: (keep) =>
      sweep(async (host) => {
        const unneeded = (await present(host, alive)).filter((name) => !keep.has(name));
        if (unneeded.length > 0)
          await docker(host, ["stop", ...unneeded], { within: document.stopGrace + answersWithin });
        return unneeded;
      }),

    removeAllBut: (keep) =>
      sweep(async (host) => {
        const leftovers = (await present(host)).filter((name) => !keep.has(name));
        // What an interrupted run left may still be running, and has its grace like any other.
        if (leftovers.length > 0)
          await docker(host, ["stop", ...leftovers], { within: document.stopGrace + answersWithin });
        await removeContainers(host, leftovers);
        return leftovers;
      }),
  };
}

const format = `{{.State.Status}} {{.RestartCount}} {{.State.ExitCode}} {{index .Config.Labels "${label.revision}"}}`;

async function inspectAll(host: HostDocument, names: string[]): Promise<ContainerState[]> {
  try {
    const answer = await docker(host, ["inspect", "--format", format, ...names], { within: answersWithin });
    return answer.split("\n").map((line) => {
      const [status = "", restarts, exitCode, revision = ""] = line.split(" ");
      return { status, restarts: Number(restarts), exitCode: Number(exitCode), revision };
    });
  } catch (error) {
    if (!/no such object/i.test((error as Error).message)) throw error;
    if (names.length === 1) return [{ status: "missing", restarts: 0, exitCode: 0, revision: "-" }];
    // Which of them is not there is easier to ask than to read.
    return (await Promise.all(names.map((name) => inspectAll(host, [name])))).flat();
  }
}
