import { containers, type LabHost } from "../../test/support/containers.ts";
import { edgeServers } from "../../test/support/edgeStats.ts";
import type { TestStack } from "../../test/support/stack.ts";
import { serves } from "./watch.ts";

/**
 * What a deployed stack has on its hosts that its state does not know, or the other way round, in words: containers that
 * nobody wants, that do not run, or that are missing; servers of an edge without a replica.
 */
export async function leftovers(
  stack: TestStack,
  hosts: LabHost[],
  edges: ReadonlyMap<string, string>,
): Promise<string[]> {
  const known = await knownContainers(stack);
  const present = await containers(hosts, stack.name);
  const ids = new Set(present.map(({ id }) => id));
  const replicas = new Set(present.filter(({ role }) => role === "replica").map(({ name }) => name));
  const unknown = present.filter(({ id }) => !known.has(id));
  const still = present.filter(({ id, state }) => known.has(id) && state !== "running");
  const missing = [...known].filter(([id]) => !ids.has(id));
  const onEdges = await Promise.all(
    [...edges].map(async ([host, address]) => {
      const servers = await edgeServers(address);
      return [
        ...servers
          .filter((server) => !serves(server) || !replicas.has(server.name.split(":")[0] ?? ""))
          .map(({ name, status }) => `the edge on ${host} has ${name}, which is ${status}`),
        ...(servers.length === replicas.size
          ? []
          : [`the edge on ${host} has ${servers.length} servers for ${replicas.size} replicas`]),
      ];
    }),
  );
  return [
    ...unknown.map(({ host, name, state }) => `${host}: container ${name} (${state}) is not in the state`),
    ...still.map(({ host, name, state }) => `${host}: container ${name} is ${state}`),
    ...missing.map(([, urn]) => `${urn} is in the state, and there is no such container`),
    ...onEdges.flat(),
  ];
}

/** The containers of the stored state, pending deletes too: their names in the program, by id. */
async function knownContainers(stack: TestStack): Promise<Map<string, string>> {
  const resources = await stack.storedResources();
  return new Map(
    resources
      .filter((line) => line.includes("docker:index/container:Container"))
      .map((line) => {
        const [urn = "", id = ""] = line.split(/ (?=\S+$)/);
        return [id, urn];
      }),
  );
}
