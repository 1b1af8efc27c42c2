import { execa } from "execa";
import { CliError } from "../exit.ts";
import { isNamed, noSuchReplica, placedReplicas } from "../replicas.ts";
import { Stack, type StackOptions } from "../stack.ts";

/** Runs a command inside a replica. @returns its exit code */
export async function exec(name: string, command: string[], options: StackOptions): Promise<number> {
  const stack = await Stack.open(options);
  const state = await stack.state();
  const servers = state.services.flatMap(({ document }) => document.servers);
  const server = servers.find((each) => isNamed({ replica: each.replica, name: each.container }, name));
  const endpoint = state.hosts.find((host) => host.name === server?.host)?.docker;
  let found = server && endpoint ? { docker: endpoint, container: server.container } : undefined;
  if (!found) {
    // Not one that serves: a failed candidate, say.
    const { replicas } = await placedReplicas(state);
    const other = replicas.find((each) => isNamed(each, name));
    if (!other) throw noSuchReplica(name, [...servers, ...replicas]);
    found = { docker: other.docker, container: other.name };
  }
  const terminal = process.stdin.isTTY && process.stdout.isTTY;
  const ignore = () => {};
  process.on("SIGINT", ignore);
  const result = await execa(
    "docker",
    [
      "-H",
      found.docker,
      "exec",
      "--interactive",
      ...(terminal ? ["--tty"] : []),
      found.container,
      ...command,
    ],
    { stdio: "inherit", reject: false, forceKillAfterDelay: false },
  );
  process.off("SIGINT", ignore);
  if (result.code === "ENOENT") throw new CliError("the docker command line client is not on the PATH");
  return result.exitCode ?? 1;
}
