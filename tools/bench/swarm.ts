import { execa } from "execa";
import type { HostArgs } from "../../components/types.ts";
import { labHosts } from "../../test/support/containers.ts";
import { measure } from "./measurement.ts";
import { checks, proxyConfig } from "./proxy.ts";

const label = "bench-swarm";
const network = "bench";
const service = "web";
const oldImage = "handover-example:v1";
const newImage = "handover-example:v2";

/** The proxy learns the tasks from Docker's DNS. */
const haproxyConfig = proxyConfig(
  `  server-template task 12 tasks.${service}:8080 resolvers docker init-addr none ${checks}`,
  `
resolvers docker
  nameserver dns 127.0.0.11:53
  hold valid 1s
  hold obsolete 0s
  timeout resolve 1s
  timeout retry 1s`,
);

/** Docker Swarm's own rolling update on the lab's hosts, start-first, with so many tasks at a time. */
export async function swarmRelease(
  hosts: Record<string, HostArgs>,
  haproxyImage: string,
  parallelism: number,
  warmup: string,
): Promise<Awaited<ReturnType<typeof measure>>> {
  const nodes = labHosts(hosts);
  const [manager] = nodes;
  const address = (name: string) => hosts[name]?.address ?? "";
  if (!manager) throw new Error("a swarm needs a host");
  const docker = async (endpoint: string, ...command: string[]) =>
    (await execa("docker", ["-H", endpoint, ...command])).stdout;
  const here = (...command: string[]) => docker(manager.docker, ...command);
  try {
    const own = (name: string) => [
      "--advertise-addr",
      address(name),
      "--listen-addr",
      `${address(name)}:2377`,
    ];
    await here("swarm", "init", ...own(manager.name));
    const token = await here("swarm", "join-token", "--quiet", "worker");
    for (const node of nodes.slice(1)) {
      await docker(
        node.docker,
        "swarm",
        "join",
        "--token",
        token,
        ...own(node.name),
        `${address(manager.name)}:2377`,
      );
    }
    await here("network", "create", "--driver", "overlay", "--attachable", network);
    await here(
      ...["service", "create", "--name", service, "--replicas", String(nodes.length), "--network", network],
      // These kernels may lack the IPVS that a virtual address needs.
      ...["--endpoint-mode", "dnsrr", "--no-resolve-image", "--container-label", `handover.stack=${label}`],
      ...[
        "--env",
        `WARMUP=${warmup}`,
        "--stop-grace-period",
        "10s",
        "--update-order",
        "start-first",
        oldImage,
      ],
    );
    const proxy = await here(
      ...[
        "create",
        "--name",
        `${label}-proxy`,
        "--network",
        network,
        "--publish",
        `${address(manager.name)}:80:80`,
      ],
      ...[
        "--entrypoint",
        "sh",
        haproxyImage,
        "-c",
        `echo "$0" > /tmp/haproxy.cfg && exec haproxy -db -f /tmp/haproxy.cfg`,
      ],
      haproxyConfig,
    );
    await here("start", proxy);
    return await measure({
      name: `Docker Swarm, start-first, parallelism ${parallelism}`,
      hosts: nodes,
      stack: label,
      load: { url: `http://${address(manager.name)}` },
      oldImage,
      oldReplicas: nodes.length,
      run: () =>
        here(
          ...["service", "update", "--image", newImage, "--no-resolve-image"],
          ...["--update-order", "start-first", "--update-parallelism", String(parallelism), service],
        ),
    });
  } finally {
    await execa("docker", ["-H", manager.docker, "service", "rm", service], { reject: false });
    await execa("docker", ["-H", manager.docker, "rm", "--force", `${label}-proxy`], { reject: false });
    for (const node of nodes.toReversed()) {
      await execa("docker", ["-H", node.docker, "swarm", "leave", "--force"], { reject: false });
    }
  }
}
