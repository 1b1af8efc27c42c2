import { docker } from "../../components/docker/docker.ts";
import { containers, type LabHost } from "../../test/support/containers.ts";

/** How far back the logs are read. */
const since = "3m";
/** A longer answer hides what it is about. */
const linesOfEach = 60;

/**
 * What a stack's edges and gateways have written lately, but for the requests that went well: when an edge took a server
 * out, and why. With the stack it is gone.
 */
export async function evidence(hosts: LabHost[], stack: string): Promise<string> {
  const proxies = (await containers(hosts, stack)).filter(
    ({ role }) => role === "edge" || role === "gateway",
  );
  const logs = await Promise.all(
    proxies.map(async ({ id, host, role }) => {
      const machine = hosts.find(({ name }) => name === host)!;
      const log = await docker(machine, ["logs", "--timestamps", "--since", since, id]);
      const lines = log.split("\n").filter((line) => line && !isGoodRequest(line));
      return [`${role} on ${host}:`, ...lines.slice(-linesOfEach)].join("\n  ");
    }),
  );
  return logs.join("\n");
}

function isGoodRequest(line: string): boolean {
  return /"status":[23]\d\d/.test(line);
}
