import { backendFile, checksFile, routesFile } from "./backendConfig.ts";
import { baseConfigPath } from "./edgeContainer.ts";

/** Says that what is committed needs a reload that has not happened yet, should the program die in between. */
export const reloadOwedFile = (service: string): string => `${backendFile(service)}.reload-owed`;

const routesMapFile = "routes.map";
const candidate = ".candidate";

/**
 * Puts a service's new files into their places, if HAProxy accepts the whole set with them. A set that is refused
 * changes nothing. The map files come first, because the configuration names them.
 */
export function installScript(service: string): string {
  const [config, checks, routes] = [backendFile(service), checksFile(service), routesFile(service)];
  return [
    `set -e`,
    `rm -rf ${candidate}`,
    `mkdir ${candidate}`,
    `for file in *.cfg; do if [ -e "$file" ]; then cp "$file" ${candidate}/; fi; done`,
    `cp ${config}.new ${candidate}/${config}`,
    `touch ${checks}`,
    `haproxy -c -f ${baseConfigPath} -f ${candidate} >${candidate}/said 2>&1 || { cat ${candidate}/said; exit 1; }`,
    `mv ${checks}.new ${checks}`,
    `mv ${routes}.new ${routes}`,
    `mv ${config}.new ${config}`,
    combineRoutes,
    `rm -rf ${candidate}`,
  ].join("\n");
}

export function removeScript(service: string): string {
  return [
    `set -e`,
    `rm -f ${routesFile(service)}`,
    combineRoutes,
    `rm -f ${backendFile(service)} ${checksFile(service)} ${reloadOwedFile(service)}`,
  ].join("\n");
}

const combineRoutes = [
  `: >${routesMapFile}.new`,
  `for file in *.routes; do if [ -e "$file" ]; then cat "$file" >>${routesMapFile}.new; fi; done`,
  `mv ${routesMapFile}.new ${routesMapFile}`,
].join("\n");
