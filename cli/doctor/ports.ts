import { connect } from "node:net";
import { docker, type DockerHost } from "../../components/docker/docker.ts";
import { answersWithin, type FoundContainer } from "../askHost.ts";
import { ownCommand } from "../names.ts";
import { failure, ok, warning, type Check } from "./check.ts";

/** A port that the stack needs on a host. */
export interface WantedPort {
  port: number;
  /** What it is for, in words. */
  purpose: string;
  /** The role of the container that listens on it. */
  role: "gateway" | "edge";
}

/** Whether a port is free, or ours already. Tried from here, because nobody else may be there yet. */
export async function checkPort(
  engine: DockerHost,
  address: string,
  { port, purpose, role }: WantedPort,
  containers: FoundContainer[],
): Promise<Check> {
  const what = `host ${engine.name} port ${port}`;
  const ours = containers.some((each) => each.role === role && each.status === "running");
  switch (await tryPort(address, port)) {
    case "open":
      if (ours) return ok(what, `our ${purpose}`);
      return failure(
        what,
        `taken by ${await holder(engine, port)}`,
        `free it, or give the ${purpose} another port`,
      );
    case "closed":
      if (!ours) return ok(what, `free for the ${purpose}`);
      return warning(
        what,
        `free, and our ${purpose} runs: it listens elsewhere until the next update, or not at all`,
        `${ownCommand()} status`,
      );
    default:
      return warning(
        what,
        `${address} is not to be reached from here: whether the ${purpose}'s port is free cannot be told`,
        "no matter, as long as the edges reach it: see that no firewall stands between them",
      );
  }
}

/** @returns `unknown` when nobody answers, neither with yes nor with no */
export function tryPort(
  address: string,
  port: number,
  within = 2_000,
): Promise<"open" | "closed" | "unknown"> {
  return new Promise((resolve) => {
    const socket = connect({ host: address, port });
    const settle = (answer: "open" | "closed" | "unknown") => {
      socket.destroy();
      resolve(answer);
    };
    socket.setTimeout(within, () => settle("unknown"));
    socket.once("connect", () => settle("open"));
    socket.once("error", (error: NodeJS.ErrnoException) =>
      settle(error.code === "ECONNREFUSED" ? "closed" : "unknown"),
    );
  });
}

/** Who has a port, as far as Docker knows. */
async function holder(engine: DockerHost, port: number): Promise<string> {
  const names = await docker(engine, ["ps", "--filter", `publish=${port}`, "--format", "{{.Names}}"], {
    within: answersWithin,
  }).catch(() => "");
  return names ? `container ${names.split("\n")[0]}` : "something that is no container of this stack";
}
