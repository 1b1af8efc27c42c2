import { openEdge } from "../../../components/edge/dockerEdge.ts";
import type { BackendDocument } from "../../../components/rollout/document.ts";
import { gatewayConfig, gatewayListenPort } from "../../../components/host/gatewayConfig.ts";
import { until } from "../../../components/until.ts";
import { EdgeContainer } from "../../../test/support/edgeContainer.ts";
import { freePort } from "../../../test/support/freePort.ts";
import { example } from "../../../test/support/web.ts";
import { processesOf, type Containers } from "../containers.ts";

/** What `/body` is answered with, in bytes. */
export const bodyBytes = 100_000;

/** A way that requests take to the applications. */
export interface Way {
  name: string;
  /** Where a path is asked for on it. */
  url(path: string): string;
  /** The processes of the HAProxies on it. */
  proxies: number[];
}

export interface Ways {
  ways: Way[];
  /** The processes of the two applications: the example, and what answers `/body`. */
  applications: number[];
  /** The container of the gateway. */
  gateway: string;
  stop(): Promise<void>;
}

/** The address and the name that edges know an application by. */
interface Server {
  address: string;
  name: string;
}

/** The example application has no answer of that size. */
const bodyServer = `
global
  tune.bufsize ${bodyBytes + 20_000}
defaults
  mode http
  timeout client 90s
frontend all
  bind :8080
  http-request return status 200 if { path /healthz }
  http-request return status 200 content-type application/octet-stream file /tmp/body
`;

/** As one would write it for one application, with a line in the log for each request. */
const plainConfig = (port: number, web: string, body: string) => `
global
  log stdout format raw daemon
defaults
  mode http
  log global
  option httplog
  timeout connect 3s
  timeout client 60s
  timeout server 60s
frontend clients
  bind 127.0.0.1:${port}
  use_backend body if { path_beg /body }
  default_backend web
backend web
  server web ${web} check
backend body
  server body ${body} check
`;

/** The four ways to the same two applications, all of them on this machine. */
export async function startWays(containers: Containers): Promise<Ways> {
  const web = await containers.run("web", [example("v1")]);
  const body = await containers.haproxy("body", bodyServer, {
    prepare: `head -c ${bodyBytes} /dev/zero >/tmp/body`,
  });
  const at = async (name: string) => `${await containers.address(name)}:8080`;
  const direct = { web: await at(web), body: await at(body) };

  const plainPort = await freePort();
  const plain = await containers.haproxy("plain", plainConfig(plainPort, direct.web, direct.body), {
    network: "host",
  });

  const gatewayPort = await freePort();
  const withGateway = await EdgeContainer.start();
  const alone = await EdgeContainer.start();
  const gateway = await containers.haproxy("gateway", gatewayConfig(), {
    args: [
      ...["--env", `HANDOVER_GATEWAY_KEY=${withGateway.key}`],
      ...["--env", `HANDOVER_FORMER_GATEWAY_KEY=${withGateway.key}`],
      ...["--env", `HANDOVER_SUBNET=${containers.subnet}`],
      // As on a host: an address that is not loopback, so that the kernel leads to the container and no program.
      ...["--publish", `${containers.gateway}:${gatewayPort}:${gatewayListenPort}`],
    ],
  });
  const gatewayAddress = `${containers.gateway}:${gatewayPort}`;
  for (const [edge, addresses] of [
    [alone, direct],
    [withGateway, { web: gatewayAddress, body: gatewayAddress }],
  ] as const) {
    await serve(edge, "web", "/", { name: `${web}:8080`, address: addresses.web });
    await serve(edge, "body", "/body", { name: `${body}:8080`, address: addresses.body });
  }

  const gatewayProcesses = await processesOf(gateway);
  const edgeProcesses = await processesOf(withGateway.document.container);
  const under = (base: string) => (path: string) => `${base}${path}`;
  return {
    ways: [
      {
        name: "the container",
        url: (path) => `http://${path.startsWith("/body") ? direct.body : direct.web}${path}`,
        proxies: [],
      },
      { name: "one HAProxy", url: under(`http://127.0.0.1:${plainPort}`), proxies: await processesOf(plain) },
      {
        name: "the edge alone",
        url: under(alone.url),
        proxies: await processesOf(alone.document.container),
      },
      {
        name: "edge and gateway",
        url: under(withGateway.url),
        proxies: [...edgeProcesses, ...gatewayProcesses],
      },
    ],
    applications: [...(await processesOf(web)), ...(await processesOf(body))],
    gateway,
    async stop() {
      await withGateway.remove();
      await alone.remove();
    },
  };
}

/** Lets an edge serve an application at a path, as a rollout would. */
async function serve(container: EdgeContainer, service: string, path: string, server: Server): Promise<void> {
  const backend: BackendDocument = {
    routes: [{ path }],
    healthCheck: { path: "/healthz", interval: 2_000, timeout: 1_000 },
  };
  const servers = [{ ...server, healthCheckPath: "/healthz" }];
  const edge = await openEdge(container.document, service);
  try {
    await edge.declare(backend);
    await edge.add(backend, servers);
    const healthy = await until(async () => (await edge.servers()).every(({ health }) => health === "up"), {
      within: 10_000,
    });
    if (!healthy) throw new Error(`not healthy: ${JSON.stringify(await edge.servers())}`);
    await edge.shift({ ready: [server.name], drain: [] });
    await edge.commit(backend, servers);
  } finally {
    await edge.close();
  }
}
