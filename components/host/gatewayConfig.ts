/** The port that a gateway listens on inside its container. */
export const gatewayListenPort = 7080;

/**
 * The configuration of a host's gateway, the same on every host and in every rollout. A request names the replica that
 * it is for, `<container>:<port>`, and must carry the key; the gateway finds the container through Docker's own DNS.
 * Its key and the subnet of its network come in the environment. HAProxy 2.6 or later.
 */
export function gatewayConfig(): string {
  return `global
  log stdout format raw local0

resolvers docker
  nameserver dns 127.0.0.11:53
  resolve_retries 2
  timeout resolve 500ms
  timeout retry 500ms
  hold valid 1s
  hold nx 1s
  hold obsolete 1s

defaults
  mode http
  log global
  option dontlog-normal
  option redispatch 1
  retries 2
  timeout connect 2s
  # Longer than the edge's own, so that it is the edge that decides.
  timeout client 90s
  timeout server 90s
  timeout tunnel 2h
  timeout http-request 15s
  timeout http-keep-alive 90s

frontend gateway
  bind *:${gatewayListenPort}
  acl known var(sess.ip) -m found
  acl stale date,sub(sess.at) -m int gt 1
  http-request return status 403 hdr x-gateway key unless { req.hdr(x-gateway-key) -m str "\${HANDOVER_GATEWAY_KEY}" }
  http-request set-var(txn.name) req.hdr(x-replica),word(1,:)
  http-request return status 404 hdr x-gateway name unless { var(txn.name) -m reg ^[a-zA-Z0-9][a-zA-Z0-9_-]*$ }
  # One connection of an edge belongs to one replica: its address is asked for once a second, not for every request.
  http-request do-resolve(sess.ip,docker,ipv4) var(txn.name) if !known || stale
  http-request set-var(sess.at) date if !known || stale
  http-request return status 503 hdr x-gateway unresolved unless { var(sess.ip) -m found }
  # A name that is not a container's may lead anywhere.
  http-request return status 403 hdr x-gateway outside unless { var(sess.ip) -m ip "\${HANDOVER_SUBNET}" }
  http-request set-dst var(sess.ip)
  http-request set-dst-port req.hdr(x-replica),word(2,:)
  http-request del-header x-gateway-key
  http-request del-header x-replica
  default_backend local

backend local
  # Connections are kept for a moment only: many applications close theirs after two to five idle seconds.
  http-reuse safe
  server replica 0.0.0.0:0 pool-purge-delay 1s
`;
}
