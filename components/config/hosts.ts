import type { HostArgs, HostState } from "../types.ts";
import { z } from "zod";
import { dockerEndpoint, ipv4, labelName, labelValue, named, port, section, shortName } from "./fields.ts";
import { check, entries, problemsOf, refuse, type Checked, type Problem } from "./problems.ts";

/** A host with every default filled in. */
export type ParsedHost = Required<HostArgs>;

/** What is sound of each host. */
export type SoundHosts = Record<string, Partial<ParsedHost>>;

const states = ["active", "drain", "lost"] as const satisfies HostState[];

export const hostSchema = section({
  address: ipv4,
  docker: dockerEndpoint.optional(),
  gatewayPort: port.default(7080),
  labels: named(labelName, labelValue, "labels and their values").default({}),
  state: z.enum(states, `must be active, drain or lost`).default("active"),
});

const names = named(shortName(20), z.unknown(), "hosts by their names").refine(
  (hosts) => Object.keys(hosts).length > 0,
  "must have at least one host",
);

/**
 * Checks the hosts of a pool and fills in the defaults.
 * @throws ConfigurationError that names everything that is wrong
 */
export function parseHosts(hosts: Record<string, HostArgs>): Record<string, ParsedHost> {
  const { sound, problems } = checkHosts(hosts);
  refuse("The hosts of a pool", problems);
  return sound as Record<string, ParsedHost>;
}

/** Checks each host, and all of them together. */
export function checkHosts(given: unknown): Checked<SoundHosts> {
  const hosts: SoundHosts = {};
  const problems = problemsOf(names, given);
  for (const [name, host] of entries(given)) {
    const { sound, problems: itsOwn } = check(hostSchema, host, [name]);
    problems.push(...itsOwn);
    hosts[name] = { ...sound, docker: sound.docker ?? (sound.address && `ssh://root@${sound.address}`) };
  }
  problems.push(...ambiguousNames(Object.keys(hosts)), ...sharedGateways(hosts));
  return { sound: hosts, problems };
}

/** Two hosts that are not lost cannot have their gateways on the same port of the same address. */
function sharedGateways(hosts: SoundHosts): Problem[] {
  const taken = new Map<string, string>();
  return Object.entries(hosts).flatMap(([name, { address, gatewayPort, state }]) => {
    if (!address || !gatewayPort || state === "lost") return [];
    const gateway = `${address}:${gatewayPort}`;
    const other = taken.get(gateway);
    taken.set(gateway, other ?? name);
    if (other === undefined) return [];
    const message = `${gateway} is the gateway of ${other} too; hosts that share an address need different ports`;
    return [{ path: [name, "gatewayPort"], message }];
  });
}

/** The second replica on `h3` is named like the first on `h3-2`. */
function ambiguousNames(names: string[]): Problem[] {
  return names.flatMap((name) => {
    const [, base, ordinal] = /^(.+)-([1-9]\d*)$/.exec(name) ?? [];
    if (!base || !names.includes(base)) return [];
    return [
      {
        path: [name],
        message: `a replica here would have the name of number ${ordinal} on ${base}; rename one host`,
      },
    ];
  });
}
