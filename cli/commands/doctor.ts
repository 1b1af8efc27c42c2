import type { ParsedStackConfig } from "../../components/config/stackConfig.ts";
import { failure, type Check } from "../doctor/check.ts";
import { checkHost, registry, type HostToCheck } from "../doctor/host.ts";
import { checkMachine } from "../doctor/machine.ts";
import { checkStack } from "../doctor/stack.ts";
import { CliError, exitCode } from "../exit.ts";
import { paint } from "../format.ts";
import { print, printJson } from "../output.ts";
import { Stack, type StackOptions } from "../stack.ts";
import { table } from "../table.ts";

export interface DoctorOptions extends StackOptions {
  json?: boolean;
}

/** Checks everything that a first deployment needs, and changes nothing. */
export async function doctor(options: DoctorOptions): Promise<number> {
  const machine = await checkMachine();
  const checks = [...machine, ...(await checkProject(options, machine))];
  if (options.json) printJson(checks);
  else print(...describeChecks(checks));
  return checks.some(({ verdict }) => verdict === "failure") ? exitCode.failed : exitCode.ok;
}

async function checkProject(options: DoctorOptions, machine: Check[]): Promise<Check[]> {
  const missing = (what: string) => machine.some((each) => each.what === what && each.verdict === "failure");
  if (missing("Pulumi")) return [];
  let stack: Stack;
  try {
    stack = await Stack.open(options);
  } catch (error) {
    if (!(error instanceof CliError)) throw error;
    return [failure("project", error.message, error.next ?? "pulumi stack init <name>")];
  }
  const { checks, config } = await checkStack(stack);
  if (!config || missing("docker CLI")) return checks;
  const inRegistry = registry();
  const hosts = await Promise.all(
    hostsToCheck(config).map((host) =>
      checkHost(host, { project: stack.project, stack: stack.name.split("/").at(-1) ?? "" }, inRegistry),
    ),
  );
  return [...checks, ...hosts.flat()];
}

function hostsToCheck({ hosts, loadBalancer, services, haproxyImage }: ParsedStackConfig): HostToCheck[] {
  const images = [...new Set([haproxyImage, ...Object.values(services).map(({ image }) => image)])];
  return Object.entries(hosts).map(([name, host]) => ({
    name,
    host,
    images,
    ports: [
      { port: host.gatewayPort, purpose: "gateway", role: "gateway" },
      ...(loadBalancer.hosts.includes(name)
        ? [
            { port: loadBalancer.port, purpose: "edge", role: "edge" } as const,
            { port: loadBalancer.statsPort, purpose: "edge's statistics", role: "edge" } as const,
          ]
        : []),
    ],
  }));
}

const marks = { ok: "ok", warning: "warning", failure: "FAILURE" };
const colours = { ok: "green", warning: "yellow", failure: "red" } as const;

function describeChecks(checks: Check[]): string[] {
  return table(
    ["CHECK", "VERDICT", "FOUND"],
    checks.map(({ what, verdict, found, mend }) => [
      what,
      paint(colours[verdict], marks[verdict]),
      found + (mend ? `; ${paint("cyan", mend)}` : ""),
    ]),
  );
}
