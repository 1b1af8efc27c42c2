import { execa } from "execa";
import { setUp } from "../../setup/setUp.ts";
import { keepResult } from "../keep.ts";
import { markdown } from "../table.ts";
import { latency, withFleet, type FleetSize } from "./fleetStack.ts";
import { measured, type Usage } from "./usage.ts";

export interface FleetMeasurement extends FleetSize {
  operations: Record<string, Usage>;
  /** The size of the stack's state, in MiB. */
  state: number;
}

/**
 * Measures stacks of these sizes, one after the other. The result replaces the last one in
 * `docs/benchmarks/fleet.json`, after each size: the large ones take long.
 */
export async function fleetBench(sizes: FleetSize[], { json }: { json: boolean }): Promise<void> {
  await setUp();
  const measurements: FleetMeasurement[] = [];
  const began = new Date();
  let text = "";
  for (const size of sizes) {
    measurements.push(await measureFleet(size));
    text = await keepResult("fleet", { latency, measurements }, began);
  }
  console.log(json ? text : fleetTable(measurements));
}

/** A line for each size, with each command's time; and the most memory that any of them took. */
export function fleetTable(measurements: FleetMeasurement[]): string {
  const commands = Object.keys(measurements[0]?.operations ?? {});
  return markdown([
    ["hosts", "replicas", "stacks", ...commands, "memory", "state"],
    ...measurements.map(({ hosts, replicas, platform = false, operations, state }) => [
      String(hosts),
      String(replicas),
      platform ? "platform and service" : "one",
      ...commands.map((command) => `${operations[command]?.wall.toFixed(1)} s`),
      `${Math.max(...Object.values(operations).map(({ memory }) => memory))} MiB`,
      `${state.toFixed(1)} MiB`,
    ]),
  ]);
}

/** A stack of so many hosts and replicas: what each of an operator's commands costs. */
export async function measureFleet(size: FleetSize): Promise<FleetMeasurement> {
  const { hosts, replicas, platform: onPlatform = false } = size;
  const operations: Record<string, Usage> = {};
  const state = await withFleet(size, async ({ stack, platform, wants }) => {
    // Its own commands are not in the table: they are not what a release costs.
    if (platform) {
      const first = await measured(() => platform.up());
      console.error(`${hosts} hosts: platform: first deployment: ${JSON.stringify(first)}`);
    }
    const pulumi = async (operation: string, ...args: string[]) => {
      const { cwd, env } = stack.commandLine;
      operations[operation] = await measured(() =>
        execa("pulumi", [...args, "--stack", stack.name, "--non-interactive"], {
          cwd,
          env,
          extendEnv: false,
          stdin: "ignore",
          all: true,
        }),
      );
      console.error(
        `${hosts} hosts, ${replicas} replicas${onPlatform ? " on a platform" : ""}: ${operation}: ${JSON.stringify(operations[operation])}`,
      );
    };
    const up = (operation: string, ...args: string[]) =>
      pulumi(operation, "up", "--yes", "--skip-preview", ...args);
    await pulumi("first preview", "preview");
    await up("first deployment");
    await up("nothing to do", "--expect-no-changes");
    await pulumi("preview of nothing to do", "preview");
    await wants("acme/web:1", replicas + 1);
    await up("one replica more");
    await wants("acme/web:2", replicas + 1);
    await pulumi("preview of a release", "preview");
    await up("release");
    return Buffer.byteLength(await stack.storedState()) / 2 ** 20;
  });
  return { ...size, operations, state: Math.round(state * 10) / 10 };
}
