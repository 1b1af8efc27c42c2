import { mkdir, mkdtemp, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import path from "node:path";
import { execa } from "execa";
import { TestStack } from "../../../test/support/stack.ts";
import { localDocker } from "../../setup/docker.ts";
import { setUp } from "../../setup/setUp.ts";
import { machine } from "../machine.ts";
import { markdown } from "../table.ts";
import { Fleet } from "./fleet.ts";
import { measured, type Usage } from "./usage.ts";

export interface FleetSize {
  hosts: number;
  replicas: number;
}

export interface FleetMeasurement extends FleetSize {
  operations: Record<string, Usage>;
  /** The size of the stack's state, in MiB. */
  state: number;
}

/** The simulated hosts' gateways. The edge's host, which is real, has its own on the default port. */
const gatewayPort = 7090;

/** How long a simulated engine takes for a change: about what a real one takes, on a quiet machine. */
const latency = 50;

const resultFile = path.resolve(import.meta.dirname, "../../../docs/benchmarks/fleet.json");

/**
 * Measures stacks of these sizes, one after the other. The result replaces the last one in
 * `docs/benchmarks/fleet.json`, after each size: the large ones take long.
 */
export async function fleetBench(sizes: FleetSize[], { json }: { json: boolean }): Promise<void> {
  await setUp();
  const measurements: FleetMeasurement[] = [];
  const result = { measured: new Date().toISOString(), machine: machine(), latency, measurements };
  await mkdir(path.dirname(resultFile), { recursive: true });
  for (const size of sizes) {
    measurements.push(await measureFleet(size));
    await writeFile(resultFile, `${JSON.stringify(result, null, 2)}\n`);
  }
  console.log(json ? JSON.stringify(result, null, 2) : fleetTable(measurements));
}

/** A line for each size, with each command's time; and the most memory that any of them took. */
export function fleetTable(measurements: FleetMeasurement[]): string {
  const commands = Object.keys(measurements[0]?.operations ?? {});
  return markdown([
    ["hosts", "replicas", ...commands, "memory", "state"],
    ...measurements.map(({ hosts, replicas, operations, state }) => [
      String(hosts),
      String(replicas),
      ...commands.map((command) => `${operations[command]?.wall.toFixed(1)} s`),
      `${Math.max(...Object.values(operations).map(({ memory }) => memory))} MiB`,
      `${state.toFixed(1)} MiB`,
    ]),
  ]);
}

/** A stack of so many hosts and replicas: what each of an operator's commands costs. */
export async function measureFleet({ hosts, replicas }: FleetSize): Promise<FleetMeasurement> {
  const directory = await mkdtemp(path.join(tmpdir(), "handover-fleet-"));
  const stack = await TestStack.create();
  const { haproxyImage = "haproxy:3.2" } = await stack.config();
  const images = [haproxyImage, "acme/web:1", "acme/web:2"];
  const fleet = await Fleet.start({ hosts, images, directory, latency, gatewayPort });
  const operations: Record<string, Usage> = {};
  const web = (image: string, count: number) => ({
    web: {
      image,
      replicas: count,
      port: 8080,
      healthCheck: { path: "/healthz", interval: "5s" },
      placement: { constraints: { simulated: "yes" } },
    },
  });
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
      `${hosts} hosts, ${replicas} replicas: ${operation}: ${JSON.stringify(operations[operation])}`,
    );
  };
  const up = (operation: string, ...args: string[]) =>
    pulumi(operation, "up", "--yes", "--skip-preview", ...args);
  let state = 0;
  try {
    await stack.configure({
      hosts: {
        edge: { address: "127.0.0.1", docker: localDocker },
        ...Object.fromEntries(
          fleet.hosts.map(({ name, ...host }) => [
            name,
            { ...host, gatewayPort, labels: { simulated: "yes" } },
          ]),
        ),
      },
      loadBalancer: { hosts: ["edge"], port: 8090, statsPort: 8494 },
      services: web("acme/web:1", replicas),
    });
    await pulumi("first preview", "preview");
    await up("first deployment");
    await up("nothing to do", "--expect-no-changes");
    await pulumi("preview of nothing to do", "preview");
    await stack.configure({ services: web("acme/web:1", replicas + 1) });
    await up("one replica more");
    await stack.configure({ services: web("acme/web:2", replicas + 1) });
    await pulumi("preview of a release", "preview");
    await up("release");
    state = Buffer.byteLength(await stack.storedState()) / 2 ** 20;
  } finally {
    await stack.destroy();
    await stack.remove();
    await fleet.stop();
  }
  return { hosts, replicas, operations, state: Math.round(state * 10) / 10 };
}
