import { createInterface } from "node:readline";
import { execa } from "execa";
import { exitCode } from "../exit.ts";
import { stackFilters } from "../askHost.ts";
import { label } from "../../components/labels.ts";
import { logText, readLogLine, type LogLine } from "../logLine.ts";
import { print, say } from "../output.ts";
import { isNamed, noSuchReplica, placedReplicas, type PlacedContainer } from "../replicas.ts";
import { Stack, type StackOptions } from "../stack.ts";
import type { StackState } from "../state.ts";
import { noSuchService } from "./status.ts";

export interface LogsOptions extends StackOptions {
  follow?: boolean;
  replica?: string;
  tail: string;
  timestamps?: boolean;
  json?: boolean;
}

type Source = Pick<PlacedContainer, "name" | "replica" | "host" | "docker">;

export async function logs(service: string, options: LogsOptions): Promise<number> {
  const stack = await Stack.open(options);
  const state = await stack.state();
  const asked = Math.floor(Date.now() / 1000);
  const { replicas, silent } = await placedReplicas(state);
  const ours = replicas.filter((each) => each.service === service);
  const names = new Set([...state.services.map(({ name }) => name), ...replicas.map((each) => each.service)]);
  if (!names.has(service)) throw noSuchService(service, names, stack.name);
  const chosen = ours.filter((each) => options.replica === undefined || isNamed(each, options.replica));
  if (options.replica !== undefined && chosen.length === 0) throw noSuchReplica(options.replica, ours);
  say(...silent.map(({ host, problem }) => `host ${host} does not answer, its logs are missing: ${problem}`));

  const width = Math.max(0, ...chosen.map(({ name }) => name.length));
  const show = (line: LogLine) =>
    print(options.json ? JSON.stringify(line) : logText(line, { ...options, width }));
  if (options.follow) await follow(state, service, chosen, options, asked, show);
  else {
    const lines = await Promise.all(chosen.map((source) => read(source, options.tail)));
    // Docker's times are all of one length.
    for (const line of lines.flat().sort((a, b) => (a.time < b.time ? -1 : a.time > b.time ? 1 : 0)))
      show(line);
  }
  return silent.length > 0 ? exitCode.failed : exitCode.ok;
}

async function read(source: Source, tail: string): Promise<LogLine[]> {
  const lines: LogLine[] = [];
  await stream(source, ["--tail", tail], (line) => lines.push(line));
  return lines;
}

/** Follows what runs now, and every replica of the service that is started later: a release does not end it. */
async function follow(
  state: StackState,
  service: string,
  chosen: Source[],
  { tail, replica }: LogsOptions,
  since: number,
  show: (line: LogLine) => void,
): Promise<void> {
  const running = new Map<string, Promise<void>>();
  const lastSeen = new Map<string, string>();
  // A container that starts again goes on where it was; Docker ends its log in between.
  const begin = (source: Source, from: string[]) => {
    const next = (running.get(source.name) ?? Promise.resolve()).then(async () => {
      const seen = lastSeen.get(source.name);
      await stream(source, ["--follow", ...(seen ? ["--since", seen] : from)], (line) => {
        if (line.time && line.time <= (lastSeen.get(source.name) ?? "")) return;
        lastSeen.set(source.name, line.time);
        show(line);
      });
    });
    running.set(source.name, next);
    return next;
  };
  const watching = state.hosts.map(async ({ name: host, docker }) => {
    const events = execa(
      "docker",
      [
        ...["-H", docker, "events", "--since", String(since)],
        ...["--filter", "event=start", "--filter", `label=${label.service}=${service}`],
        ...stackFilters(host, state),
        ...["--format", `{{.Actor.Attributes.name}} {{index .Actor.Attributes "${label.replica}"}}`],
      ],
      { reject: false, stdin: "ignore", stderr: "ignore", buffer: false },
    );
    for await (const line of createInterface({ input: events.stdout })) {
      const [name = "", started = ""] = line.split(" ");
      if (replica !== undefined && !isNamed({ replica: started, name }, replica)) continue;
      void begin({ name, replica: started, host, docker }, []);
    }
  });
  await Promise.all([...watching, ...chosen.map((source) => begin(source, ["--tail", tail]))]);
}

/** Runs `docker logs` to its end. */
async function stream(source: Source, how: string[], show: (line: LogLine) => void): Promise<void> {
  const child = execa("docker", ["-H", source.docker, "logs", "--timestamps", ...how, source.name], {
    reject: false,
    stdin: "ignore",
    buffer: false,
  });
  const lines = async (of: "stdout" | "stderr") => {
    for await (const line of createInterface({ input: child[of] })) show(readLogLine(line, of, source));
  };
  await Promise.all([lines("stdout"), lines("stderr")]);
  await child;
}
