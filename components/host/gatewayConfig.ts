/** The port that a gateway listens on inside its container. */
export const gatewayListenPort = 7080;

/** For how many seconds a gateway that is told to stop goes on as ever, but for the checks: so the edges leave it first. */
const graceSeconds = 3;
/** How long it then has to finish what it has. After that it cuts, and ends. */
const finishesWithinSeconds = 30;

/**
 * The configuration of a host's gateway, the same on every host and in every rollout. A request names the replica that
 * it is for, `<container>:<port>`, and must carry the key; the gateway finds the container through Docker's own DNS.
 * What the gateway answers itself carries `x-gateway: <reason>`. Its two keys and the subnet of its network come in the
 * environment: `HANDOVER_GATEWAY_KEY`, `HANDOVER_FORMER_GATEWAY_KEY`, `HANDOVER_SUBNET`. HAProxy 2.6 or later.
 */
export function gatewayConfig(): string {
  return `global
  log stdout len 4096 format raw daemon
  # HAProxy reckons its connection limit from the container's file limit, which some engines leave without bound.
  fd-hard-limit 65536
  grace ${graceSeconds}s
  hard-stop-after ${finishesWithinSeconds}s

resolvers docker
  nameserver dns 127.0.0.11:53
  resolve_retries 2
  timeout resolve 500ms
  timeout retry 500ms
  hold valid 1s
  hold obsolete 1s
  hold nx 1s
  hold other 1s
  hold refused 1s
  hold timeout 1s

defaults
  mode http
  log global
  option httplog
  option dontlognull
  option dontlog-normal
  option idle-close-on-response
  # A container that starts again has another address: better to ask for it anew than to try the old one for long.
  retries 1
  timeout connect 500ms
  # Longer than the edge's own, so that it is the edge that decides, and that closes idle connections.
  timeout client 90s
  timeout server 90s
  timeout tunnel 2h
  timeout http-request 15s
  timeout http-keep-alive 90s
  http-error status 502 content-type text/plain hdr x-gateway cut string "the replica gave no proper answer\\n"
  http-error status 503 content-type text/plain hdr x-gateway refused string "the replica does not accept connections\\n"
  http-error status 504 content-type text/plain hdr x-gateway late string "the replica took too long to answer\\n"

frontend gateway
  bind *:${gatewayListenPort}
  http-request return status 403 hdr x-gateway key unless { req.hdr(x-gateway-key) -m str "\${HANDOVER_GATEWAY_KEY}" "\${HANDOVER_FORMER_GATEWAY_KEY}" }
  # The edges' checks are the first to learn that it is about to stop.
  http-request return status 425 hdr x-gateway leaving if { stopping } METH_GET { req.hdr(user-agent) -m str handover-check }
  http-request set-var(txn.replica) req.fhdr(x-replica)
  http-request return status 404 hdr x-gateway name unless { var(txn.replica) -m reg ^[a-zA-Z0-9][a-zA-Z0-9_.-]*:[0-9]{1,5}$ }
  http-request set-var(txn.name) var(txn.replica),word(1,:)

  # One connection of an edge belongs to one replica: its address is asked for once a second, not for every request.
  acl same_name var(sess.name),strcmp(txn.name) -m int 0
  acl asked_lately date,sub(sess.at) -m int le 1
  http-request set-var(txn.known) bool(true) if { var(sess.ip) -m found } same_name asked_lately
  http-request unset-var(sess.ip) unless { var(txn.known) -m found }
  http-request do-resolve(sess.ip,docker,ipv4) var(txn.name) unless { var(txn.known) -m found }
  http-request set-var(sess.name) var(txn.name) unless { var(txn.known) -m found }
  http-request set-var(sess.at) date unless { var(txn.known) -m found }

  # 425 tells the edge that the replica has not seen the request: it may go to another one.
  http-request return status 425 hdr x-gateway unresolved unless { var(sess.ip) -m found }
  # A name that is not a container's may lead anywhere.
  http-request return status 403 hdr x-gateway outside unless { var(sess.ip) -m ip "\${HANDOVER_SUBNET}" }
  http-request set-dst var(sess.ip)
  http-request set-dst-port var(txn.replica),word(2,:)
  http-request del-header x-gateway-key
  http-request del-header x-replica
  # Only gateways speak of gateways.
  http-response del-header x-gateway
  # What the edges have kept of connections ends with an answer, and so with no request on its way.
  http-after-response set-header connection close if { stopping }
  http-after-response set-status 425 if { status 502 503 } { res.hdr(x-gateway) -m found }
  use_backend once unless { method GET HEAD OPTIONS PUT DELETE }
  default_backend kept

# Requests that may be done twice: on connections that are kept. Applications close theirs after some idle seconds, now
# and then in the very moment of the next request, which is then repeated.
backend kept
  http-reuse always
  retry-on conn-failure empty-response
  server replica 0.0.0.0:0 pool-purge-delay 1s

# Requests that may not: each on a connection of its own, which nobody closes under it.
backend once
  http-reuse never
  option http-server-close
  server replica 0.0.0.0:0
`;
}
