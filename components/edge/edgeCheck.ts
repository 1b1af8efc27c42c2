import { DockerError } from "../docker/docker.ts";
import { haproxyCheck } from "../docker/haproxyCheck.ts";
import { baseConfigPath, prepareScript, stateDirectory } from "./edgeContainer.ts";
import { EdgeError } from "./edgeError.ts";

/** An edge that is to be made, or to take the place of another one. */
export interface EdgeCheckDocument {
  host: string;
  docker: string;
  image: string;
  baseConfig: string;
  /** The volume that it will begin with. */
  volume: string;
}

/** The volume belongs to the edge that serves, so the check begins with a copy of what is committed there. */
const script = [
  "set -eu",
  "command -v perl >/dev/null || {",
  "  echo 'it has no Perl; use one that is based on Debian, such as haproxy:3.2'",
  "  exit 1",
  "}",
  prepareScript,
  `mkdir -p "$(dirname ${baseConfigPath})" /tmp/set`,
  `printf %s "$1" >${baseConfigPath}`,
  `[ ! -e ${stateDirectory}/current ] || cp ${stateDirectory}/current/* /tmp/set/`,
  // A first edge has neither, and a set of an earlier version not the second.
  "touch /tmp/set/routes.map /tmp/set/holds.map",
  "cd /tmp/set",
  `haproxy -c -f ${baseConfigPath} -f .`,
].join("\n");

/**
 * Asks HAProxy, in the image and on the host that an edge will have, whether it would begin: with this configuration of
 * its own, and with what is committed there.
 * @throws EdgeError with HAProxy's own words when it would not
 */
export async function checkEdge({
  host,
  docker,
  image,
  baseConfig,
  volume,
}: EdgeCheckDocument): Promise<void> {
  const check = haproxyCheck(
    { name: host, docker },
    {
      image,
      script,
      config: baseConfig,
      environment: { HANDOVER_GATEWAY_KEY: "checked" },
      volumes: [`${volume}:${stateDirectory}:ro`],
    },
  );
  await check.catch((error: unknown) => {
    if (!(error instanceof DockerError)) throw error;
    throw new EdgeError(
      host,
      `an edge with image ${image} would not begin, so nothing was replaced: ${error.problem}`,
    );
  });
}
