import type { RouteArgs } from "../types.ts";
import { backendName } from "./backendConfig.ts";
import { routeHost, routePath } from "./names.ts";

/** Which backend a request belongs to. A key is `<host><path>/`, or `<path>/` for any host; the longest key wins. */
export type Routes = ReadonlyMap<string, string>;

export const routesMap = "routes.map";

function routeKey({ host, path = "/" }: RouteArgs): string {
  const segments = routePath(path).replace(/\/+$/, "");
  return `${host === undefined ? "" : routeHost(host.toLowerCase())}${segments}/`;
}

/**
 * The routes of all services. Where two services name the same one it stays with the service that has it, until that one
 * lets it go: a service that takes over another's route, under a new name for example, gets it when it is able to serve.
 */
export function combinedRoutes(services: Readonly<Record<string, RouteArgs[]>>, present: Routes): Routes {
  const combined = new Map<string, string>();
  for (const [service, routes] of Object.entries(services).sort(byName)) {
    const backend = backendName(service);
    for (const key of routes.map(routeKey)) {
      if (!combined.has(key) || present.get(key) === backend) combined.set(key, backend);
    }
  }
  return combined;
}

/** Those of a service's routes that another one has. */
export function routesOfOthers(
  service: string,
  routes: RouteArgs[],
  present: Routes,
): { route: RouteArgs; backend: string }[] {
  return routes.flatMap((route) => {
    const backend = present.get(routeKey(route));
    return backend === undefined || backend === backendName(service) ? [] : [{ route, backend }];
  });
}

export function routesText(routes: Routes): string {
  return [...routes]
    .sort(byName)
    .map(([key, backend]) => `${key} ${backend}\n`)
    .join("");
}

function byName([a]: [string, unknown], [b]: [string, unknown]): number {
  return a < b ? -1 : a > b ? 1 : 0;
}
