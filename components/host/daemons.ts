import { RunError } from "@pulumi/pulumi";
import { execa } from "execa";

/** How long a host's Docker Engine may take to say who it is. */
const answerWithin = 10_000;

/** What must be known of a host to ask its Docker Engine. */
export interface DaemonEndpoint {
  name: string;
  docker: string;
}

/**
 * The ids of the hosts' Docker Engines, by host. An id tells a machine from its replacement under the same address.
 * @param stack the one whose configuration has the hosts
 * @param options.ofPlatform whether that is another stack than the one that asks
 * @throws RunError that names every host that does not answer, before anything is touched
 */
export async function daemonIds(
  hosts: DaemonEndpoint[],
  stack: string,
  { within = answerWithin, ofPlatform = false } = {},
): Promise<Record<string, string>> {
  const answers = await Promise.all(
    hosts.map(async (host) => ({ host, ...(await ask(host.docker, within)) })),
  );
  const silent = answers.filter((answer) => !answer.id);
  if (silent.length > 0) {
    throw new RunError(
      silent.map(({ host, problem }) => complaint(host, problem ?? "", { stack, ofPlatform })).join("\n"),
    );
  }
  return Object.fromEntries(answers.map(({ host, id }) => [host.name, id ?? ""]));
}

async function ask(docker: string, within: number): Promise<{ id?: string; problem?: string }> {
  const result = await execa("docker", ["-H", docker, "info", "--format", "{{.ID}}"], {
    reject: false,
    timeout: within,
    stdin: "ignore",
  });
  const id = result.stdout?.trim();
  // First of all: on a busy machine the time may be over before this program has looked at an answer that came in time.
  if (result.exitCode === 0 && id) return { id };
  if (result.timedOut) return { problem: `no answer within ${within / 1000} s` };
  if (result.code === "ENOENT") return { problem: "the docker command line client is not on the PATH" };
  return { problem: result.stderr?.trim().split("\n").at(-1) || "it did not say its id" };
}

function complaint(
  host: DaemonEndpoint,
  problem: string,
  { stack, ofPlatform }: { stack: string; ofPlatform: boolean },
): string {
  return [
    `host ${host.name}: its Docker Engine at ${host.docker} does not answer: ${problem}`,
    ofPlatform
      ? `  If the machine is gone, mark it lost in the platform, update that, and run this update again; its replicas then run on the other hosts:`
      : `  If the machine is gone, mark it lost and run the update again; its replicas then run on the other hosts:`,
    `  pulumi config set --stack ${stack} --path hosts.${host.name}.state lost`,
    ...(ofPlatform ? [`  pulumi up --stack ${stack}`] : []),
  ].join("\n");
}
