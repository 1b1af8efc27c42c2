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
 * @throws RunError that names every host that does not answer, before anything is touched
 */
export async function daemonIds(hosts: DaemonEndpoint[], stack: string): Promise<Record<string, string>> {
  const answers = await Promise.all(hosts.map(async (host) => ({ host, ...(await ask(host.docker)) })));
  const silent = answers.filter((answer) => !answer.id);
  if (silent.length > 0) {
    throw new RunError(silent.map(({ host, problem }) => complaint(host, problem ?? "", stack)).join("\n"));
  }
  return Object.fromEntries(answers.map(({ host, id }) => [host.name, id ?? ""]));
}

async function ask(docker: string): Promise<{ id?: string; problem?: string }> {
  const result = await execa("docker", ["-H", docker, "info", "--format", "{{.ID}}"], {
    reject: false,
    timeout: answerWithin,
    stdin: "ignore",
  });
  if (result.timedOut) return { problem: `no answer within ${answerWithin / 1000} s` };
  if (result.code === "ENOENT") return { problem: "the docker command line client is not on the PATH" };
  const id = result.stdout?.trim();
  if (result.exitCode !== 0 || !id) {
    return { problem: result.stderr?.trim().split("\n").at(-1) || "it did not say its id" };
  }
  return { id };
}

function complaint(host: DaemonEndpoint, problem: string, stack: string): string {
  return [
    `host ${host.name}: its Docker Engine at ${host.docker} does not answer: ${problem}`,
    `  If the machine is gone, mark it lost and run the update again; its replicas then run on the other hosts:`,
    `  pulumi config set --stack ${stack} --path hosts.${host.name}.state lost`,
  ].join("\n");
}
