import { createInterface } from "node:readline";
import { setTimeout as wait } from "node:timers/promises";
import { execa } from "execa";
import type { DockerHost } from "../../components/docker/docker.ts";
import { stackFilters } from "../askHost.ts";

/** Something that happened to one of the stack's containers: `create`, `start`, `die`, `destroy`, ... */
export interface HostEvent {
  action: string;
  container: string;
  image: string;
  role: string;
  service: string;
}

/** How long after a host's events have ended they are asked for again, in milliseconds. */
const againAfter = 5_000;

/**
 * Listens to what happens to a stack's containers on one host, so that nobody has to ask all the time. One process of the
 * docker client for as long as it lasts.
 */
export async function followEvents(
  host: DockerHost,
  stack: { project: string; stack: string },
  signal: AbortSignal,
  on: (event: HostEvent) => void,
): Promise<void> {
  const filters = ["--filter", "type=container", ...stackFilters(host.name, stack)];
  while (!signal.aborted) {
    const client = execa("docker", ["-H", host.docker, "events", ...filters, "--format", "{{json .}}"], {
      reject: false,
      stdin: "ignore",
      stderr: "ignore",
      buffer: false,
      cancelSignal: signal,
    });
    createInterface({ input: client.stdout }).on("line", (line) => {
      const { Action: action, Actor: actor } = JSON.parse(line) as {
        Action: string;
        Actor: { Attributes: Record<string, string> };
      };
      const { name: container = "", image = "", "handover.role": role = "" } = actor.Attributes;
      on({ action, container, image, role, service: actor.Attributes["handover.service"] ?? "" });
    });
    await client;
    await wait(againAfter, undefined, { signal }).catch(() => {});
  }
}
