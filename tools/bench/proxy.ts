/**
 * HAProxy in front of a peer's replicas, with the timeouts, retries and checks of Handover's edge. It listens on port 80.
 *
 * @param servers the backend's lines that say where its servers are
 * @param resolvers a section before all others
 */
export function proxyConfig(servers: string, resolvers = ""): string {
  return `${resolvers}
defaults
  mode http
  timeout connect 5s
  timeout client 60s
  timeout server 60s
  option redispatch
  retries 3
frontend web
  bind :80
  default_backend web
backend web
  option httpchk GET /healthz
${servers}
`;
}

/** How each server is checked. */
export const checks = "check inter 1s fastinter 200ms fall 1 rise 1";
