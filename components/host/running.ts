import { docker, labelFilters, type DockerHost } from "../docker/docker.ts";
import { label } from "../labels.ts";
import type { EdgeDocument } from "../rollout/document.ts";

/** How long a host may take to answer. */
const within = 10_000;

/** What of a stack runs on its hosts when an update begins. */
export interface Running {
  /** Each host's gateway. A host without one is not among them. */
  gateways: ReadonlyMap<string, RunningGateway>;
  edges: EdgeDocument[];
}

export interface RunningGateway {
  /** Its container's id. */
  id: string;
  image: string;
}

/** @throws DockerError when a host does not answer */
export async function running(hosts: DockerHost[], project: string, stack: string): Promise<Running> {
  const format = `{{.Label "${label.role}"}} {{.ID}} {{.Names}} {{.Image}}`;
  const found = await Promise.all(
    hosts.map(async (host) => {
      // Several hosts of a stack may have one engine.
      const labels = { [label.project]: project, [label.stack]: stack, [label.host]: host.name };
      const list = ["ps", "--no-trunc", ...labelFilters(labels), "--format", format];
      const lines = await docker(host, list, { within });
      return lines.split("\n").map((line) => {
        const [role = "", id = "", name = "", image = ""] = line.split(" ");
        return { host, role, id, name, image };
      });
    }),
  );
  const all = found.flat();
  return {
    gateways: new Map(
      all.filter(({ role }) => role === "gateway").map(({ host, id, image }) => [host.name, { id, image }]),
    ),
    edges: all
      .filter(({ role }) => role === "edge")
      .map(({ host, name }) => ({ host: host.name, docker: host.docker, container: name })),
  };
}
