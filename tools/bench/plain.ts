import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import path from "node:path";
import * as docker from "@pulumi/docker";
import { LocalWorkspace } from "@pulumi/pulumi/automation/index.js";
import { execa } from "execa";
import type { HostArgs } from "../../components/types.ts";
import { labHosts } from "../../test/support/containers.ts";
import { fileBackend, toolEnvironment } from "../environment.ts";
import { measure } from "./measurement.ts";
import { checks, proxyConfig } from "./proxy.ts";

const label = "bench-plain";
const port = 9080;

/**
 * The release of a Pulumi program as people write it without a component for it: a container for each host, with a fixed
 * published port, which has to be deleted before its successor can be created.
 */
export async function plainRelease(
  hosts: Record<string, HostArgs>,
  haproxyImage: string,
  warmup: string,
): Promise<Awaited<ReturnType<typeof measure>>> {
  const directory = await mkdtemp(path.join(tmpdir(), "handover-plain-"));
  const environment = toolEnvironment();
  process.env.PATH = environment.PATH;
  const program = (image: string) => async () => {
    for (const [name, { docker: endpoint, address }] of Object.entries(hosts)) {
      const provider = new docker.Provider(name, { host: endpoint ?? "" });
      new docker.Container(
        `web-${name}`,
        {
          image,
          envs: [`WARMUP=${warmup}`],
          ports: [{ internal: 8080, external: port, ip: address }],
          labels: [{ label: "handover.stack", value: label }],
          destroyGraceSeconds: 10,
        },
        { provider, deleteBeforeReplace: true },
      );
    }
  };
  const stack = await LocalWorkspace.createOrSelectStack(
    { stackName: label, projectName: label, program: program("handover-example:v1") },
    {
      workDir: directory,
      pulumiHome: environment.PULUMI_HOME,
      projectSettings: { name: label, runtime: "nodejs", backend: { url: fileBackend(directory) } },
      envVars: {
        ...environment,
        PULUMI_BACKEND_URL: fileBackend(directory),
        PULUMI_CONFIG_PASSPHRASE: "bench",
      },
    },
  );
  const [first] = labHosts(hosts);
  const addresses = Object.values(hosts).map(({ address }) => address);
  const here = (...command: string[]) => execa("docker", ["-H", first?.docker ?? "", ...command]);
  try {
    await stack.up();
    await here(
      ...[
        "run",
        "--detach",
        "--name",
        `${label}-proxy`,
        "--network",
        "host",
        "--user",
        "0",
        "--entrypoint",
        "sh",
      ],
      ...[haproxyImage, "-c", `echo "$0" > /tmp/haproxy.cfg && exec haproxy -db -f /tmp/haproxy.cfg`],
      proxyConfig(addresses.map((address) => `  server ${address} ${address}:${port} ${checks}`).join("\n")),
    );
    return await measure({
      name: "a plain Pulumi program, fixed ports",
      hosts: labHosts(hosts),
      stack: label,
      load: { url: `http://${addresses[0]}` },
      oldImage: "handover-example:v1",
      oldReplicas: addresses.length,
      run: () => stack.up({ program: program("handover-example:v2") }),
    });
  } finally {
    await here("rm", "--force", `${label}-proxy`).catch(() => {});
    await stack.destroy();
    await rm(directory, { recursive: true, force: true });
  }
}
