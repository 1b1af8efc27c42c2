import { routesMap, statsSocket } from "./edgeContainer.ts";

export interface BaseConfigOptions {
  /** The port for clients, on every address. */
  port: number;
  /** The private address and port of the statistics page and the metrics. */
  statsAddress: string;
  statsPort: number;
}

/** After how many seconds an old worker, or an edge that is replaced, cuts what it still serves. */
export const hardStopAfterSeconds = 30;

/**
 * The edge's own configuration: everything that does not depend on services. It stays the same in a rollout; a change
 * of it replaces the edge. HAProxy 2.6 or later.
 */
export function baseConfig({ port, statsAddress, statsPort }: BaseConfigOptions): string {
  return `global
  log stdout format raw local0
  stats socket ${statsSocket} mode 600 level admin expose-fd listeners
  # The official image's user; a number, because names differ between images.
  uid 99
  gid 99
  hard-stop-after ${hardStopAfterSeconds}s

defaults
  mode http
  log global
  option dontlognull
  # An old worker closes a connection after its next answer, and never under a request.
  option idle-close-on-response
  option redispatch 1
  retries 3
  timeout connect 3s
  timeout client 60s
  timeout server 60s
  timeout queue 10s
  timeout tunnel 1h
  timeout client-fin 10s
  # The whole request header has to arrive in this time.
  timeout http-request 10s
  timeout http-keep-alive 10s
  http-error status 503 content-type text/html hdr retry-after 5 string "<!doctype html><meta charset=utf-8><title>Unavailable</title><h1>Service unavailable</h1><p>Please try again in a moment."
  log-format '{"time":"%trl","client":"%ci","method":%{+Q}HM,"host":%{+Q}[var(txn.host),json(utf8s)],"path":%{+Q}[var(txn.path),json(utf8s)],"status":%ST,"service":%{+Q}b,"server":%{+Q}s,"id":%{+Q}[var(txn.id),json(utf8s)],"ms":{"total":%Ta,"queue":%Tw,"connect":%Tc,"response":%Tr},"bytes":%B,"retries":"%rc","end":"%ts"}'

frontend clients
  bind *:${port}
  # Nobody outside may name a replica, know the key, or claim to be a proxy of ours.
  http-request del-header x-replica
  http-request del-header x-gateway-key
  http-request del-header forwarded
  http-request del-header x-real-ip
  http-request del-header proxy
  http-request set-header x-forwarded-for %[src]
  http-request set-header x-forwarded-proto http
  http-request set-header x-forwarded-port %[dst_port]
  http-request set-header x-forwarded-host %[req.hdr(host)]
  http-request set-header x-request-id %[uuid()] unless { req.hdr(x-request-id) -m found }
  http-request set-var(txn.id) req.hdr(x-request-id)
  # The longest path of the named host wins; then the longest of any host.
  http-request set-var(txn.path) path
  http-request set-var(txn.host) req.hdr(host),field(1,:),lower
  http-request set-var(txn.service) var(txn.host),concat(,txn.path,/),map_beg(${routesMap})
  http-request set-var(txn.service) str(*),concat(,txn.path,/),map_beg(${routesMap}) unless { var(txn.service) -m found }
  http-request return status 404 content-type text/plain string "No service has this address." unless { var(txn.service) -m found }
  use_backend %[var(txn.service)]
  default_backend unavailable

# A service whose route is known and whose backend is not yet.
backend unavailable

frontend stats
  bind ${statsAddress}:${statsPort}
  option dontlog-normal
  http-request use-service prometheus-exporter if { path /metrics }
  stats enable
  stats uri /
  stats refresh 5s
`;
}
