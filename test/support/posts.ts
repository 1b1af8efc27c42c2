import { spawn, type ChildProcess } from "node:child_process";
import { once } from "node:events";
import { createInterface } from "node:readline";
import { execa } from "execa";
import { pause } from "../../components/until.ts";
import type { LabHost } from "./containers.ts";

/**
 * Counts the posts that the example application has taken, over all its replicas and their whole lives: follows the log
 * of each container from its start to its end.
 */
export class Posts {
  /** How often each id was counted. */
  readonly counted = new Map<string, number>();
  private readonly stack: string;
  /** How many lines of each container's log have been read, also of those that are read no more. */
  private readonly read = new Map<string, number>();
  private readonly logs = new Map<string, ChildProcess>();
  private readonly watches: ChildProcess[] = [];

  private constructor(stack: string) {
    this.stack = stack;
  }

  static async count(hosts: LabHost[], stack: string): Promise<Posts> {
    const posts = new Posts(stack);
    await Promise.all(hosts.map((host) => posts.watch(host)));
    return posts;
  }

  /** Counts on a host that was off: its engine's events have ended with it. */
  async watch(host: LabHost): Promise<void> {
    const filters = [
      "--filter",
      `label=handover.stack=${this.stack}`,
      "--filter",
      "label=handover.role=replica",
    ];
    const format = ["--format", "{{.ID}}"];
    const events = [
      "events",
      "--since",
      (Date.now() / 1000).toFixed(3),
      "--filter",
      "event=start",
      ...filters,
    ];
    const watch = spawn("docker", ["-H", host.docker, ...events, ...format], {
      stdio: ["ignore", "pipe", "ignore"],
    });
    createInterface({ input: watch.stdout }).on("line", (id) => this.follow(host, id));
    this.watches.push(watch);
    const { stdout } = await execa("docker", ["-H", host.docker, "ps", "--no-trunc", ...filters, ...format]);
    for (const id of stdout.split("\n").filter(Boolean)) this.follow(host, id);
  }

  /** Waits until the logs have shown all of these ids, or have had their time, and lets go of them. */
  async stop(ids: string[], within = 3_000): Promise<ReadonlyMap<string, number>> {
    const deadline = Date.now() + within;
    while (ids.some((id) => !this.counted.has(id)) && Date.now() < deadline) await pause(50);
    await Promise.all(
      [...this.watches, ...this.logs.values()].map(async (child) => {
        if (child.exitCode !== null || child.signalCode !== null) return;
        const closed = once(child, "close");
        child.kill();
        await closed;
      }),
    );
    return this.counted;
  }

  private follow({ docker }: LabHost, id: string): void {
    if (this.logs.has(id)) return;
    const log = spawn("docker", ["-H", docker, "logs", "--follow", id], {
      stdio: ["ignore", "pipe", "ignore"],
    });
    this.logs.set(id, log);
    log.on("close", () => this.logs.delete(id));
    // A container that is started again goes on in the same log.
    let known = this.read.get(id) ?? 0;
    createInterface({ input: log.stdout }).on("line", (line) => {
      if (known-- > 0) return;
      this.read.set(id, (this.read.get(id) ?? 0) + 1);
      const post = /^post (\S+)$/.exec(line)?.[1];
      if (post) this.counted.set(post, (this.counted.get(post) ?? 0) + 1);
    });
  }
}
