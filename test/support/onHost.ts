import { spawn, type ChildProcess } from "node:child_process";
import { once } from "node:events";
import type { LabHost } from "../../tools/lab/hosts.ts";

/** A small program that runs on a host of the lab, until it is disposed of. */
export class OnHost {
  /** The lines that it has written, after the first one, with which it says that it is ready. */
  readonly lines: string[] = [];
  private readonly child: ChildProcess;

  private constructor(child: ChildProcess) {
    this.child = child;
  }

  static async run(host: LabHost, program: string, ...args: string[]): Promise<OnHost> {
    const child = spawn(
      "nsenter",
      [`--net=/run/netns/${host.namespace}`, process.execPath, "-e", program, ...args],
      { stdio: ["ignore", "pipe", "inherit"] },
    );
    const running = new OnHost(child);
    const gone = once(child, "exit").then(() => Promise.reject(new Error(`${host.name}: the program ended`)));
    await Promise.race([once(child.stdout, "data"), gone]);
    gone.catch(() => {});
    child.stdout.on("data", (text: Buffer) =>
      running.lines.push(...text.toString().split("\n").filter(Boolean)),
    );
    return running;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    if (this.child.exitCode !== null || this.child.signalCode !== null) return;
    const ended = once(this.child, "exit");
    this.child.kill();
    await ended;
  }
}
