/** The places inside an edge's container. */

/** A volume: what is committed, and what a restart of the edge begins with. */
export const stateDirectory = "/var/lib/handover";
/** The part of the configuration that belongs to the edge itself and not to a service. */
export const baseConfigPath = "/etc/handover/base.cfg";
export const runDirectory = "/run/handover";
export const statsSocket = `${runDirectory}/stats.sock`;
export const masterSocket = `${runDirectory}/master.sock`;
/** Which service a request belongs to, by host name and path. Made of the services' own route files. */
export const routesMap = `${stateDirectory}/routes.map`;

/** What the container runs. HAProxy loads every `*.cfg` in the state directory after the base. */
export const edgeScript = [
  "set -e",
  `mkdir -p ${runDirectory}`,
  `touch ${routesMap}`,
  `exec haproxy -W -db -S ${masterSocket} -f ${baseConfigPath} -f ${stateDirectory}`,
].join("\n");
