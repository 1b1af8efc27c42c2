import { z } from "zod";
import { place, PlacementError } from "../placement/placement.ts";
import { named } from "./fields.ts";
import type { SoundHosts } from "./hosts.ts";
import { check, entries, problemsOf, type Checked, type Problem } from "./problems.ts";
import { serviceName, serviceSchema } from "./service.ts";

/** A service with every default filled in, in the form that the components take. */
export type ParsedService = z.output<typeof serviceSchema>;

/** What is sound of each service. */
export type SoundServices = Record<string, Partial<ParsedService>>;

const names = named(serviceName, z.unknown(), "services by their names");

/** Checks each service, and all of them together, and then against the hosts, if there are any. */
export function checkServices(given: unknown, hosts: SoundHosts): Checked<SoundServices> {
  const services: SoundServices = {};
  const problems = problemsOf(names, given);
  for (const [name, service] of entries(given)) {
    const { sound, problems: itsOwn } = check(serviceSchema, service, [name]);
    problems.push(...itsOwn);
    services[name] = sound;
  }
  problems.push(
    ...ambiguousNames(Object.keys(services), Object.keys(hosts)),
    ...sharedRoutes(services),
    ...doubleVariables(services),
    ...unplaceable(services, hosts),
  );
  return { sound: services, problems };
}

/** `web-a` on host `b` and `web` on host `a-b` would have replicas of the same name. */
function ambiguousNames(services: string[], hosts: string[]): Problem[] {
  const taken = new Map<string, string>();
  return services.flatMap((service) => {
    for (const host of hosts) {
      const replica = `${service}-${host}`;
      const other = taken.get(replica);
      taken.set(replica, `${service} on ${host}`);
      if (other)
        return [
          { path: [service], message: `its replica ${replica} would have the name of ${other}; rename one` },
        ];
    }
    return [];
  });
}

/** Whoever comes to a route must know which service is meant. */
function sharedRoutes(services: SoundServices): Problem[] {
  const taken = new Map<string, string>();
  return Object.entries(services).flatMap(([name, { routes = [] }]) =>
    routes.flatMap(({ host, path }, index): Problem[] => {
      const route = `${host ?? "every host name"}, path ${path}`;
      const other = taken.get(route);
      taken.set(route, other ?? name);
      if (other === undefined) return [];
      const message = `${route} is a route of ${other} already; give one of them another host or path`;
      return [{ path: [name, "routes", index], message }];
    }),
  );
}

function doubleVariables(services: SoundServices): Problem[] {
  return Object.entries(services).flatMap(([name, { env = {}, secretEnv = {} }]) =>
    Object.keys(secretEnv)
      .filter((variable) => Object.hasOwn(env, variable))
      .map((variable) => ({
        path: [name, "secretEnv", variable],
        message: "is set in env too; keep one of them",
      })),
  );
}

/** Hosts that are wrong in other respects take part: what is wrong with them is said elsewhere. */
function unplaceable(services: SoundServices, hosts: SoundHosts): Problem[] {
  const known = Object.values(hosts).every(({ state, labels }) => state && labels);
  if (!known || Object.keys(hosts).length === 0) return [];
  return Object.entries(services).flatMap(([service, { replicas, placement }]): Problem[] => {
    if (replicas === undefined || !placement) return [];
    try {
      place({ service, replicas, hosts, ...placement });
      return [];
    } catch (error) {
      if (!(error instanceof PlacementError)) throw error;
      return [{ path: [service], message: error.problem }];
    }
  });
}
