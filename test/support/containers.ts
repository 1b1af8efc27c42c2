import { execa } from "execa";
import type { HostArgs } from "../../components/types.ts";

/** A host of the lab, as its stack is told of it. */
export interface LabHost {
  name: string;
  docker: string;
}

export function labHosts(hosts: Record<string, HostArgs>): LabHost[] {
  return Object.entries(hosts).map(([name, { docker = "" }]) => ({ name, docker }));
}

/** A container of a stack. */
export interface RunningContainer {
  id: string;
  /** @example "web-h3-1a2b3c4" */
  name: string;
  host: string;
  /** @example "handover-example:v1" */
  image: string;
  /** `replica`, `gateway` or `edge`. */
  role: string;
  /** The service that it is a replica of, else empty. */
  service: string;
  /** `running`, `exited`, `created`, ... */
  state: string;
}

/** Every container of a stack on these hosts, stopped ones too, in the order of the hosts and names. */
export async function containers(hosts: LabHost[], stack: string): Promise<RunningContainer[]> {
  const columns = ["ID", "Names", "Image", 'Label "handover.role"', 'Label "handover.service"', "State"];
  const format = columns.map((column) => `{{.${column}}}`).join("\t");
  const onHosts = await Promise.all(
    hosts.map(async ({ name: host, docker }) => {
      const lines = await list(docker, ["ps", "--all", "--no-trunc", "--format", format], stack);
      return lines.map((line) => {
        const [id = "", name = "", image = "", role = "", service = "", state = ""] = line.split("\t");
        return { id, name, host, image, role, service, state };
      });
    }),
  );
  return onHosts.flatMap((found) => found.sort((a, b) => (a.name < b.name ? -1 : 1)));
}

/** The replicas of a service, stopped ones too. */
export async function replicas(
  hosts: LabHost[],
  stack: string,
  service: string,
): Promise<RunningContainer[]> {
  return (await containers(hosts, stack)).filter((container) => container.service === service);
}

/** Everything with a stack's label on these hosts, in words: containers, networks and volumes. */
export async function everythingOf(hosts: LabHost[], stack: string): Promise<string[]> {
  const found = await Promise.all(
    hosts.map(async ({ name, docker }) => {
      const [containers, networks, volumes] = await Promise.all([
        list(docker, ["ps", "--all", "--format", "{{.Names}}"], stack),
        list(docker, ["network", "ls", "--format", "{{.Name}}"], stack),
        list(docker, ["volume", "ls", "--format", "{{.Name}}"], stack),
      ]);
      return [
        ...containers.map((container) => `${name}: container ${container}`),
        ...networks.map((network) => `${name}: network ${network}`),
        ...volumes.map((volume) => `${name}: volume ${volume}`),
      ];
    }),
  );
  return found.flat();
}

async function list(docker: string, command: string[], stack: string): Promise<string[]> {
  const { stdout } = await execa("docker", [
    "-H",
    docker,
    ...command,
    "--filter",
    `label=handover.stack=${stack}`,
  ]);
  return stdout.split("\n").filter(Boolean);
}
