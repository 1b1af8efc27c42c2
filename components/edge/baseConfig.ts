import { emptyDirectory, statsSocket, waitScriptPath } from "./edgeContainer.ts";
import { errorPages, maintenancePage } from "./errorPages.ts";
import { holdsMap } from "./holds.ts";
import { routesMap } from "./routes.ts";

export interface BaseConfigOptions {
  /** The port for clients, on every address. */
  port: number;
  /** The private address and port of the statistics page and the metrics. */
  statsAddress: string;
  statsPort: number;
  /**
   * The address that clients connect to.
   * @default every address
   */
  address?: string;
}

/** After how many seconds an old worker, or an edge that is replaced, cuts what it still serves. */
export const hardStopAfterSeconds = 30;

/** Text that clients choose is escaped, and cut where a line would become too long. */
const text = (sample: string) => `"%[${sample},bytes(0,1024),json(utf8s)]"`;

/** The fields of a line in the log, one JSON object for each request. */
const log: Record<string, string> = {
  time: `"%[date,utime(%Y-%m-%dT%H:%M:%SZ)]"`,
  client: `"%ci"`,
  method: text("var(txn.method)"),
  host: text("var(txn.host)"),
  path: text("var(txn.path)"),
  status: "%ST",
  bytes: "%B",
  // Milliseconds: all of it, waiting for the request, in a queue, connecting, until the answer began.
  ms: "%Ta",
  ms_request: "%TR",
  ms_queue: "%Tw",
  ms_connect: "%Tc",
  ms_response: "%Tr",
  backend: `"%b"`,
  server: `"%s"`,
  retries: `"%rc"`,
  end: `"%tsc"`,
  // Why the edge did not hand it on: maintenance, or a pause that was over or full.
  hold: text("var(txn.hold)"),
  id: text("var(txn.id)"),
};

/**
 * The edge's own configuration: everything that does not depend on services. It stays the same in a rollout; a change
 * of it replaces the edge. HAProxy 2.6 or later.
 */
export function baseConfig({ port, statsAddress, statsPort, address = "*" }: BaseConfigOptions): string {
  const logFormat = Object.entries(log)
    .map(([name, value]) => `"${name}":${value}`)
    .join(",");
  return `global
  log stdout len 8192 format raw daemon
  stats socket ${statsSocket} mode 600 level admin expose-fd listeners
  # The official image's user; a number, because names differ between images.
  uid 99
  gid 99
  chroot ${emptyDirectory}
  lua-load ${waitScriptPath}
  # HAProxy reckons its connection limit from the container's file limit, which some engines leave without bound.
  fd-hard-limit 65536
  hard-stop-after ${hardStopAfterSeconds}s

defaults
  mode http
  log global
  # Connections without a request are a browser's reserve, not an error.
  option dontlognull
  option http-ignore-probes
  # An old worker closes a connection after its next answer, and never while a request may be on its way. One that stays
  # idle is closed after the keep-alive time, which is therefore what a reload takes at the most, but for long requests.
  option idle-close-on-response
  # Each retry goes to another server, which may be behind the same dead gateway. Two failed connections in a row take a
  # server out (error-limit): six are enough with three replicas on a host that has just died.
  option redispatch 1
  retries 6
  timeout connect 3s
  timeout client 60s
  timeout server 60s
  timeout queue 10s
  timeout tunnel 1h
  timeout client-fin 10s
  # The whole of a request's header has to arrive in this time.
  timeout http-request 10s
  timeout http-keep-alive 10s
${errorPages}

frontend clients
  bind ${address}:${port}
  log-format '{${logFormat}}'

  http-request set-var(txn.method) method
  http-request set-var(txn.host) req.hdr(host),host_only,lower
  http-request set-var(txn.path) path
  # An id that a client sends is kept when it is harmless, so that a request can be followed through several systems.
  acl good_id req.hdr(x-request-id) -m reg ^[a-zA-Z0-9._:-]{1,64}$
  acl one_id req.hdr_cnt(x-request-id) eq 1
  http-request set-header x-request-id %[uuid()] if !good_id || !one_id
  http-request set-var(txn.id) req.hdr(x-request-id)

  http-request deny deny_status 405 if { method CONNECT TRACE }
  http-request deny deny_status 400 unless { req.hdr_cnt(host) eq 1 } || HTTP_1.0

  # Nobody outside may name a replica, know the key, claim to be a proxy of ours, or begin a protocol that hides
  # requests from these rules.
  http-request del-header x-replica
  http-request del-header x-gateway-key
  http-request del-header x-gateway
  http-request del-header x-forwarded- -m beg
  http-request del-header forwarded
  http-request del-header x-real-ip
  http-request del-header x-original-url
  http-request del-header x-rewrite-url
  http-request del-header proxy
  http-request del-header http2-settings
  http-request del-header upgrade unless { req.hdr(upgrade) -i -m str websocket }
  http-request set-header x-forwarded-for %[src]
  http-request set-header x-forwarded-proto http
  http-request set-header x-forwarded-host %[req.hdr(host)]
  http-request set-header x-forwarded-port %[dst_port]

  # The longest path of the named host wins; then the longest of any host.
  http-request set-var-fmt(txn.key) "%[var(txn.host)]%[path]/"
  http-request set-var(txn.backend) var(txn.key),map_beg(${routesMap})
  http-request set-var-fmt(txn.key) "%[path]/" unless { var(txn.backend) -m found }
  http-request set-var(txn.backend) var(txn.key),map_beg(${routesMap}) unless { var(txn.backend) -m found }
  http-request return status 404 default-errorfiles unless { var(txn.backend) -m found }

  # A service that is in maintenance or paused. What may go on after its wait has nothing left in this variable.
  http-request set-var(txn.hold) var(txn.backend),map_str(${holdsMap})
  http-request lua.wait if { var(txn.hold) -m beg pause: }
  http-request return status 503 ${maintenancePage} hdr retry-after "%[var(txn.hold),field(2,:)]" if { var(txn.hold) -m beg maintenance: }
  http-request return status 503 default-errorfiles if { var(txn.hold) -m found }

  use_backend %[var(txn.backend)]
  default_backend unknown

# A route whose backend this worker has not loaded yet.
backend unknown

frontend stats
  bind ${statsAddress}:${statsPort}
  no log
  http-request use-service prometheus-exporter if { path /metrics }
  stats enable
  stats uri /
  stats hide-version
  stats refresh 5s
`;
}
