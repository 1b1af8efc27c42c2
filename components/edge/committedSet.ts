import { z } from "zod";
import { backendConfig, backendName, checksMap, checksMapText } from "./backendConfig.ts";
import type { CommittedService } from "./edge.ts";
import { holdSchema, holdsMap, holdText } from "./holds.ts";
import { serviceName } from "./names.ts";
import { parseMap } from "./maps.ts";
import { combinedRoutes, routesMap, routesText } from "./routes.ts";

/** The files that an edge begins with, by name. */
export type FileSet = ReadonlyMap<string, string>;

export type CommittedServices = Readonly<Record<string, CommittedService>>;

/** What all the other files of a set are made of. HAProxy does not read it. */
const sourceFile = "services.json";

const schema = z.object({
  format: z.literal(1),
  services: z.record(
    z.string(),
    z.object({
      owner: z.string().optional(),
      backend: z.object({
        routes: z.array(z.object({ host: z.string().optional(), path: z.string().optional() })),
        healthCheck: z.object({ path: z.string(), interval: z.number(), timeout: z.number() }),
      }),
      servers: z.array(z.object({ name: z.string(), address: z.string(), healthCheckPath: z.string() })),
      hold: holdSchema.optional(),
    }),
  ),
});

/** @throws Error when the files were written by another version that this one does not know */
export function committedServices(files: FileSet): CommittedServices {
  const source = files.get(sourceFile);
  if (source === undefined) return {};
  try {
    return schema.parse(JSON.parse(source)).services;
  } catch (cause) {
    throw new Error(`${sourceFile} in the edge's volume has a form that this version does not know`, {
      cause,
    });
  }
}

/** The whole set of files for these services, which takes the place of the present one. */
export function renderSet(services: CommittedServices, present: FileSet): FileSet {
  const files = new Map<string, string>();
  for (const [service, { backend, servers }] of Object.entries(services)) {
    files.set(`${serviceName(service)}.cfg`, backendConfig(service, backend, servers));
    files.set(checksMap(service), checksMapText(service, backend, servers));
  }
  const routes = Object.fromEntries(
    Object.entries(services).map(([service, { backend }]) => [service, backend.routes]),
  );
  files.set(routesMap, routesText(combinedRoutes(routes, parseMap(present.get(routesMap) ?? ""))));
  const holds = Object.entries(services).map(([service, { hold }]) =>
    hold ? `${backendName(service)} ${holdText(hold)}\n` : "",
  );
  files.set(holdsMap, holds.sort().join(""));
  files.set(sourceFile, `${JSON.stringify({ format: 1, services }, null, 2)}\n`);
  return files;
}

export function sameFiles(a: FileSet, b: FileSet): boolean {
  return a.size === b.size && [...a].every(([name, text]) => b.get(name) === text);
}
