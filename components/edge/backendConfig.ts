import { createHash } from "node:crypto";
import type { BackendDocument } from "../rollout/document.ts";
import type { NewServer } from "./edge.ts";
import { connectsWithinSeconds } from "./edgeContainer.ts";
import { checkPath, milliseconds, routeHost, serverAddress, serverName, serviceName } from "./names.ts";

export const backendName = (service: string): string => `service_${serviceName(service)}`;

/** The map of a service's servers and the paths they are checked with: old and new versions may have different ones. */
export const checksMap = (service: string): string => `${serviceName(service)}.checks`;

/** In that map, beside the servers' names: which {@link declaration} the running worker has loaded. */
export const declarationKey = "declaration";

/** A server that starts, or that failed its last check, is checked this often. */
const checksWhileChanging = 200;

/** The part of a server's line that says how it is checked, for the file and the runtime API alike. */
export function serverSettings({ healthCheck }: BackendDocument): string {
  const inter = milliseconds(healthCheck.interval);
  const often = Math.min(checksWhileChanging, inter);
  // A connection that is not needed is soon let go of: the gateway at its other end may have to leave.
  return `pool-purge-delay 1s check inter ${inter}ms fastinter ${often}ms downinter ${often}ms rise 2 fall 3 observe layer4 error-limit 2 on-error mark-down`;
}

/** A service's backend without its servers. A change of it needs a reload. */
function backendHead(service: string, { routes, healthCheck }: BackendDocument): string {
  // Some applications answer only to their own name.
  const host = routes.find((route) => route.host !== undefined)?.host?.toLowerCase();
  return `backend ${backendName(service)}
  balance roundrobin
  # A gateway closes no connection that an edge keeps, so every one may be used again.
  http-reuse always
  # The gateway finds the replica by this name; only who knows the key may ask it.
  http-send-name-header x-replica
  http-request set-header x-gateway-key "\${HANDOVER_GATEWAY_KEY}"
  # A request that got no answer goes to another replica, but only if doing it twice does no harm. With 425 a gateway
  # says that it could not reach its replica.
  retry-on conn-failure empty-response response-timeout 425
  http-request disable-l7-retry unless { method GET HEAD OPTIONS PUT DELETE }
  http-response return status 503 default-errorfiles if { res.hdr(x-gateway) -m found }
  # Gateways are near. One that does not answer is left soon, and after two such requests the server is down.
  timeout connect ${connectsWithinSeconds}s
  # A host that lost its power is noticed under a waiting request, too.
  option srvtcpka
  srvtcpka-idle 1s
  srvtcpka-intvl 1s
  srvtcpka-cnt 2
  # A check takes the same way as a request.
  option httpchk
  http-check send meth GET uri-lf "%[srv_name,map_str(${checksMap(service)},/)]" ver HTTP/1.1 hdr host ${routeHost(host ?? service)} hdr x-replica "%[srv_name]" hdr x-gateway-key "\${HANDOVER_GATEWAY_KEY}" hdr user-agent handover-check
  http-check expect status 200-399 on-error "%[res.hdr(x-gateway)]"
  timeout check ${milliseconds(healthCheck.timeout)}ms
`;
}

/** A short name for everything of a backend that only a reload can change. */
export function declaration(service: string, backend: BackendDocument): string {
  return createHash("sha256")
    .update(backendHead(service, backend) + serverSettings(backend))
    .digest("hex")
    .slice(0, 16);
}

export function backendConfig(service: string, backend: BackendDocument, servers: NewServer[]): string {
  const settings = serverSettings(backend);
  const lines = servers.map(
    ({ name, address }) => `  server ${serverName(name)} ${serverAddress(address)} ${settings}\n`,
  );
  return backendHead(service, backend) + lines.join("");
}

export function checksMapText(service: string, backend: BackendDocument, servers: NewServer[]): string {
  const paths = servers.map(
    ({ name, healthCheckPath }) => `${serverName(name)} ${checkPath(healthCheckPath)}\n`,
  );
  return `${declarationKey} ${declaration(service, backend)}\n${paths.join("")}`;
}
