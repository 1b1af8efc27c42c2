import { docker, DockerError } from "../docker/docker.ts";
import type { EdgeDocument } from "../rollout/document.ts";
import { until } from "../until.ts";
import { hardStopAfterSeconds } from "./baseConfig.ts";
import { stateDirectory } from "./edgeContainer.ts";
import { EdgeError } from "./edgeError.ts";

/** How long the Docker Engine may take to answer. */
const answersWithin = 20_000;

/**
 * Ends the edges that this one has taken the place of. After an edge's container is replaced both serve the same port
 * with the same committed set, and the old one is deleted only at the end of the update: it would go on with servers that
 * a rollout has taken out of the new one. An edge that is told to stop accepts nothing more and finishes what it has.
 * @throws EdgeError when one of them does not end
 */
export async function endReplacedEdges(edge: EdgeDocument): Promise<void> {
  const volume = await stateVolume(edge);
  if (!volume) return;
  const own = await ask(edge, "inspect", "--format", "{{.Id}}", edge.container);
  const others = async () =>
    (await ask(edge, "ps", "--quiet", "--no-trunc", "--filter", `volume=${volume}`))
      .split("\n")
      .filter((id) => id !== "" && id !== own);
  const replaced = await others();
  if (replaced.length === 0) return;
  // Docker does not start a container again that was told to stop.
  await ask(edge, "kill", "--signal", "USR1", ...replaced);
  const gone = await until(async () => (await others()).length === 0, {
    within: (hardStopAfterSeconds + 10) * 1000,
    every: 250,
  });
  if (!gone) throw new EdgeError(edge.host, `the edge that ${edge.container} replaces does not end`);
}

/** The name of the volume that an edge keeps its files in. */
async function stateVolume(edge: EdgeDocument): Promise<string> {
  const format = `{{range .Mounts}}{{if eq .Destination "${stateDirectory}"}}{{.Name}}{{end}}{{end}}`;
  return ask(edge, "inspect", "--format", format, edge.container);
}

async function ask(edge: EdgeDocument, ...args: string[]): Promise<string> {
  return docker({ name: edge.host, docker: edge.docker }, args, { within: answersWithin }).catch((error) => {
    throw error instanceof DockerError ? new EdgeError(edge.host, error.problem) : error;
  });
}
