import { setTimeout as wait } from "node:timers/promises";
import { docker } from "../../components/docker/docker.ts";
import { exitCode } from "../exit.ts";
import { print, printJson, say } from "../output.ts";
import { placedReplicas, type PlacedContainer } from "../replicas.ts";
import { Stack, type StackOptions } from "../stack.ts";
import { table } from "../table.ts";
import { noSuchService } from "./status.ts";

export interface TopOptions extends StackOptions {
  watch?: boolean;
  json?: boolean;
}

/** Docker measures for two seconds. */
const measuresWithin = 15_000;

interface Usage {
  service: string;
  replica: string;
  container: string;
  host: string;
  /** As Docker says them: `0.06%`, `6.9MiB / 23.5GiB`, `51.2kB / 40.8kB`. */
  cpu: string;
  memory: string;
  network: string;
  block: string;
  processes: string;
}

export async function top(service: string | undefined, options: TopOptions): Promise<number> {
  const stack = await Stack.open(options);
  const state = await stack.state();
  const names = state.services.map(({ name }) => name);
  if (service !== undefined && !names.includes(service)) throw noSuchService(service, names, stack.name);
  for (;;) {
    const { replicas, silent } = await placedReplicas(state);
    const running = replicas.filter(
      (each) => each.status === "running" && (service === undefined || each.service === service),
    );
    const usage = await usageOf(running);
    if (options.json) printJson(usage);
    else {
      if (options.watch && process.stdout.isTTY) process.stdout.write("\x1b[H\x1b[2J\x1b[3J");
      print(
        ...table(
          ["HOST", "CONTAINER", "CPU", "MEMORY", "NETWORK IN / OUT", "BLOCK IN / OUT", "PROCESSES"],
          usage.map((each) => [
            each.host,
            each.container,
            each.cpu,
            each.memory,
            each.network,
            each.block,
            each.processes,
          ]),
        ),
      );
    }
    say(...silent.map(({ host, problem }) => `host ${host} does not answer: ${problem}`));
    if (!options.watch) return silent.length > 0 ? exitCode.failed : exitCode.ok;
    await wait(1_000);
  }
}

async function usageOf(replicas: PlacedContainer[]): Promise<Usage[]> {
  const hosts = Object.values(Object.groupBy(replicas, ({ host }) => host));
  const usage = await Promise.all(
    hosts.map(async (group = []) => {
      const [{ host = "", docker: endpoint = "" } = {}] = group;
      const names = group.map(({ name }) => name);
      const stats = await docker(
        { name: host, docker: endpoint },
        ["stats", "--no-stream", "--format", "{{json .}}", ...names],
        { within: measuresWithin },
      );
      const lines = stats.split("\n").filter(Boolean);
      const found = new Map(
        lines.map((line) => {
          const one = JSON.parse(line) as Record<string, string>;
          return [one["Name"] ?? "", one];
        }),
      );
      return group.flatMap((each): Usage[] => {
        const one = found.get(each.name);
        if (!one) return [];
        return [
          {
            service: each.service,
            replica: each.replica,
            container: each.name,
            host: each.host,
            cpu: one["CPUPerc"] ?? "-",
            memory: one["MemUsage"] ?? "-",
            network: one["NetIO"] ?? "-",
            block: one["BlockIO"] ?? "-",
            processes: one["PIDs"] ?? "-",
          },
        ];
      });
    }),
  );
  return usage.flat();
}
