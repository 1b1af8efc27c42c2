import type { BackendDocument } from "../rollout/document.ts";
import type { RouteArgs } from "../types.ts";
import type { NewServer } from "./edge.ts";
import { stateDirectory } from "./edgeContainer.ts";

/** A service's name, safe in a file name, a configuration and a command. */
function safe(service: string): string {
  if (!/^[a-z][a-z0-9-]*$/.test(service)) throw new Error(`not a service's name: ${JSON.stringify(service)}`);
  return service;
}

/** A value that becomes part of a configuration line: nothing in it may end the word, the line or a quote. */
function word(value: string): string {
  if (!/^[!$&'()*+,\-./0-9:;=@A-Z_a-z~?%]+$/.test(value) || /[;'$]/.test(value)) {
    throw new Error(`not fit for an HAProxy configuration: ${JSON.stringify(value)}`);
  }
  return value;
}

export const backendName = (service: string): string => `service_${safe(service)}`;
export const backendFile = (service: string): string => `${safe(service)}.cfg`;
export const routesFile = (service: string): string => `${safe(service)}.routes`;
export const checksFile = (service: string): string => `${safe(service)}.checks`;

/** Where the edge finds the health check's path of each server: old and new versions may have different ones. */
export const checksMap = (service: string): string => `${stateDirectory}/${checksFile(service)}`;

const rise = 2;
const fall = 3;
const whileStarting = 200;

/** The part of a server's line that says how it is checked, for the file and the runtime API alike. */
export function serverSettings({ healthCheck }: BackendDocument): string {
  const { interval } = healthCheck;
  const often = Math.min(whileStarting, interval);
  return `check inter ${interval} fastinter ${often} downinter ${often} rise ${rise} fall ${fall} on-marked-down shutdown-sessions`;
}

export function serverLine(server: NewServer, backend: BackendDocument): string {
  return `  server ${word(server.name)} ${word(server.address)} ${serverSettings(backend)}`;
}

/** A service's backend without its servers. A change of this text needs a reload. */
export function backendConfig(service: string, { healthCheck }: BackendDocument): string {
  return `backend ${backendName(service)}
  balance roundrobin
  # The gateway finds the replica by this name; only who knows the key may ask it.
  http-send-name-header x-replica
  http-request set-header x-gateway-key "\${HANDOVER_GATEWAY_KEY}"
  # A request that got no answer is repeated on another replica only if repeating it cannot do harm.
  retry-on conn-failure empty-response response-timeout
  http-request disable-l7-retry unless { method GET HEAD OPTIONS TRACE PUT DELETE }
  # A host that lost its power is noticed under a waiting request, too.
  option srvtcpka
  srvtcpka-idle 1s
  srvtcpka-intvl 1s
  srvtcpka-cnt 2
  option httpchk
  http-check connect
  http-check send meth GET uri-lf "%[srv_name,map_str(${checksMap(service)},/)]" ver HTTP/1.1 hdr host ${service} hdr x-replica "%[srv_name]" hdr x-gateway-key "\${HANDOVER_GATEWAY_KEY}"
  http-check expect status 200-399
  timeout check ${healthCheck.timeout}
`;
}

/** The lines of the routes map: host name and whole path segments, and the service's backend. */
export function routeLines(service: string, routes: RouteArgs[]): string[] {
  return routes.map(({ host, path = "/" }) => {
    const segments = path.endsWith("/") ? path : `${path}/`;
    return `${word((host ?? "*").toLowerCase())}${word(segments)} ${backendName(service)}`;
  });
}

export function checkLines(servers: NewServer[]): string[] {
  return servers.map(({ name, healthCheckPath }) => `${word(name)} ${word(healthCheckPath)}`);
}

/** The lines of a committed backend that are its servers. */
export function serverLinesOf(committed: string): string[] {
  return committed.split("\n").filter((line) => line.startsWith("  server "));
}

/** A committed backend without its servers, to be compared with {@link backendConfig}. */
export function withoutServers(committed: string): string {
  return committed
    .split("\n")
    .filter((line) => !line.startsWith("  server "))
    .join("\n");
}
