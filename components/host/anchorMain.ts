import { text } from "node:stream/consumers";
import { containersWith, docker, labelFilters, removeContainers, type DockerHost } from "../docker/docker.ts";
import { label } from "../labels.ts";

/** A host, as the stack that uses it knows it. */
interface AnchorDocument {
  project: string;
  stack: string;
  host: string;
  docker: string;
  /** The id of its Docker Engine. */
  daemon: string;
}

/** How long a host that may be dead may take. */
const answersWithin = 8_000;

/** How long its containers may take to end: longer than any of them is given. */
const stopsWithin = 15 * 60_000;

/**
 * The program of a host's anchor. When the host is registered it removes what this stack left there in an earlier life:
 * a host that comes back still runs its old containers, and they hold the gateway's port. With the argument `delete` it
 * removes what the stack has there, as far as the host still answers; not where replicas of other stacks run on it.
 */
const {
  project,
  stack,
  host: name,
  docker: endpoint,
  daemon,
} = JSON.parse(await text(process.stdin)) as AnchorDocument;
const host: DockerHost = { name, docker: endpoint };
const ours = { [label.project]: project, [label.stack]: stack, [label.host]: name };

if (process.argv.includes("delete")) {
  // Another machine may answer under the same address by now: what it runs is not this machine's.
  const here = { ...ours, [label.daemon]: daemon };
  try {
    const guests = await guestsOf(here);
    if (guests.length > 0) {
      process.stderr.write(
        `host ${name}: it still runs replicas of the stacks ${guests.join(", ")}, and serves them on. Run \`pulumi up\` in each of those stacks, which moves them, and then here again\n`,
      );
      process.exit(1);
    }
    await clear(here, { gently: true });
  } catch (error) {
    process.stderr.write(
      `${(error as Error).message}; whatever it still runs is removed when it is registered again\n`,
    );
  }
} else {
  const containers = await clear(ours);
  if (containers.length > 0)
    process.stderr.write(`${name}: removed from an earlier life: ${containers.join(", ")}\n`);
  process.stdout.write(JSON.stringify({ host: name, daemon }));
}

/** The other stacks whose containers are in this stack's network on the host. */
async function guestsOf(labels: Record<string, string>): Promise<string[]> {
  const networks = await list("network", "ls", "--quiet", ...labelFilters(labels));
  const stacks = await Promise.all(
    networks.map((network) => {
      const format = `{{.Label "${label.project}"}}/{{.Label "${label.stack}"}}`;
      return list("ps", "--filter", `network=${network}`, "--format", format);
    }),
  );
  const others = stacks
    .flat()
    // One without labels is no stack's.
    .filter((each) => each !== "/" && each !== `${project}/${stack}`);
  return [...new Set(others)].sort();
}

/** @param options.gently whether what runs gets the time to end that it was promised */
async function clear(labels: Record<string, string>, { gently = false } = {}): Promise<string[]> {
  const within = { within: answersWithin };
  const containers = await containersWith(host, labels, within);
  if (gently && containers.length > 0) await docker(host, ["stop", ...containers], { within: stopsWithin });
  await removeContainers(host, containers, within);
  for (const kind of ["network", "volume"]) {
    const ids = await list(kind, "ls", "--quiet", ...labelFilters(labels));
    if (kind === "network") await Promise.all(ids.map(freed));
    if (ids.length > 0) await docker(host, [kind, "rm", ...ids], within);
  }
  return containers;
}

/** Takes other stacks' containers out of a network: on a host that comes back they run still, and are those stacks' own. */
async function freed(network: string): Promise<void> {
  for (const guest of await list("ps", "--all", "--quiet", "--filter", `network=${network}`))
    await docker(host, ["network", "disconnect", "--force", network, guest], { within: answersWithin });
}

/** The lines that a question to the host's Docker Engine is answered with. */
async function list(...question: string[]): Promise<string[]> {
  return (await docker(host, question, { within: answersWithin })).split("\n").filter(Boolean);
}
