import { z } from "zod";
import type { LoadBalancerConfig } from "../types.ts";
import { list, port, section } from "./fields.ts";
import type { SoundHosts, ParsedHost } from "./hosts.ts";
import { check, refuse, type Checked, type Problem } from "./problems.ts";
import { suggestion } from "./suggestion.ts";

/** A load balancer with every default filled in. */
export type ParsedLoadBalancer = Required<LoadBalancerConfig>;

export const loadBalancerSchema = section({
  hosts: list(z.string("must be the name of a host"), "names of hosts"),
  port: port.default(80),
  statsPort: port.default(8404),
});

/**
 * Checks a load balancer against the hosts of its pool and fills in the defaults.
 * @throws ConfigurationError that names everything that is wrong
 */
export function parseLoadBalancer(
  config: LoadBalancerConfig,
  hosts: Record<string, ParsedHost>,
): ParsedLoadBalancer {
  const { sound, problems } = checkLoadBalancer(config, hosts);
  refuse("The load balancer", problems);
  return sound as ParsedLoadBalancer;
}

/** Checks the load balancer, and then against the hosts, if there are any. */
export function checkLoadBalancer(given: unknown, hosts: SoundHosts): Checked<Partial<ParsedLoadBalancer>> {
  const { sound, problems } = check(loadBalancerSchema, given);
  if (Object.keys(hosts).length > 0) problems.push(...edgeHosts(sound, hosts), ...ports(sound, hosts));
  return { sound, problems };
}

function edgeHosts({ hosts: edges = [] }: Partial<ParsedLoadBalancer>, hosts: SoundHosts): Problem[] {
  const problems = edges.flatMap((name, index): Problem[] => {
    const path = ["hosts", index];
    if (!Object.hasOwn(hosts, name)) {
      return [{ path, message: `there is no host ${name}; ${suggestion(name, Object.keys(hosts))}` }];
    }
    if (edges.indexOf(name) < index) return [{ path, message: `${name} is named twice` }];
    const twin = edges.slice(0, index).find((edge) => sameMachine(hosts[edge], hosts[name]));
    return twin
      ? [{ path, message: `${name} is the same machine as ${twin}; an edge needs one of its own` }]
      : [];
  });
  if (edges.length > 0 && edges.every((name) => hosts[name]?.state === "lost")) {
    problems.push({
      path: ["hosts"],
      message: `every edge is lost (${edges.join(", ")}); name a host that is not`,
    });
  }
  return problems;
}

/** The edge's port is taken on every address of its machine, the statistics port on the private address. */
function ports(
  { hosts: edges = [], port, statsPort }: Partial<ParsedLoadBalancer>,
  hosts: SoundHosts,
): Problem[] {
  const problems: Problem[] = [];
  if (statsPort && port === statsPort) {
    problems.push({ path: ["statsPort"], message: `${port} is the port for clients already` });
  }
  for (const edge of new Set(edges)) {
    const machine = hosts[edge];
    for (const [name, host] of Object.entries(hosts)) {
      const { address, gatewayPort, state } = host;
      if (!gatewayPort || state === "lost" || !machine || machine.state === "lost") continue;
      const message = `${gatewayPort} on edge ${edge} is the gateway port of ${name}`;
      if (gatewayPort === port && sameMachine(machine, host)) problems.push({ path: ["port"], message });
      if (gatewayPort === statsPort && machine.address === address)
        problems.push({ path: ["statsPort"], message });
    }
  }
  return problems;
}

function sameMachine(a: Partial<ParsedHost> = {}, b: Partial<ParsedHost> = {}): boolean {
  return (
    (a.address !== undefined && a.address === b.address) || (a.docker !== undefined && a.docker === b.docker)
  );
}
