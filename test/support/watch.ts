import { spawn, type ChildProcess } from "node:child_process";
import { once } from "node:events";
import { createInterface } from "node:readline";
import type { LabHost } from "./containers.ts";

/** Something that happened to a container, as its Docker Engine has seen it. */
export interface ContainerEvent {
  host: string;
  /** `create`, `start`, `kill`, `die`, `destroy`, ... */
  action: string;
  /** The container's name. */
  name: string;
  image: string;
  service: string;
  /** In milliseconds since the epoch. */
  at: number;
}

/** Listens to everything that happens to a stack's containers. */
export class Watch {
  readonly events: ContainerEvent[] = [];
  private onEvent = () => {};
  private readonly processes: ChildProcess[];

  constructor(hosts: LabHost[], stack: string) {
    // From now on, however long the command takes to start.
    const since = (Date.now() / 1000).toFixed(3);
    this.processes = hosts.map(({ name, docker }) => {
      const filters = ["--filter", "type=container", "--filter", `label=handover.stack=${stack}`];
      const command = ["-H", docker, "events", "--since", since, ...filters, "--format", "{{json .}}"];
      const child = spawn("docker", command, { stdio: ["ignore", "pipe", "inherit"] });
      createInterface({ input: child.stdout }).on("line", (line) => this.record(name, line));
      return child;
    });
  }

  /** When the first container of this image was told to end. */
  firstStopped(image: string): number | undefined {
    return this.events.find((event) => event.action === "kill" && event.image === image)?.at;
  }

  /**
   * Waits until something has happened to so many containers of an image.
   * @returns when it happened to the last one
   * @throws when it does not happen within ten seconds
   */
  async all(action: string, image: string, count: number): Promise<number> {
    const seen = () => this.events.filter((event) => event.action === action && event.image === image);
    await new Promise<void>((resolve, reject) => {
      const timer = setTimeout(
        () => reject(new Error(`${action}: seen for ${seen().length} of ${count} containers of ${image}`)),
        10_000,
      );
      this.onEvent = () => {
        if (seen().length < count) return;
        clearTimeout(timer);
        resolve();
      };
      this.onEvent();
    });
    return seen().at(-1)!.at;
  }

  async stop(): Promise<void> {
    await Promise.all(
      this.processes.map(async (child) => {
        if (child.exitCode !== null || child.signalCode !== null) return;
        const closed = once(child, "close");
        child.kill();
        await closed;
      }),
    );
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.stop();
  }

  private record(host: string, line: string): void {
    const { Action: action, Actor: actor, timeNano } = JSON.parse(line) as DockerEvent;
    const { name = "", image = "", "handover.service": service = "" } = actor.Attributes;
    this.events.push({ host, action, name, image, service, at: timeNano / 1e6 });
    this.events.sort((a, b) => a.at - b.at);
    this.onEvent();
  }
}

interface DockerEvent {
  Action: string;
  Actor: { Attributes: Record<string, string> };
  timeNano: number;
}
