import { spawn, type ChildProcess } from "node:child_process";
import { once } from "node:events";
import { fileURLToPath } from "node:url";
import type { LabHost } from "./hosts.ts";
import { plug, plugInto, switchNamespace, takeOffSwitch } from "./network.ts";

export interface CableFaults {
  /** How late a frame arrives, in milliseconds, in each direction. @default 0 */
  delay?: number;
  /** How many frames never arrive, in per cent, in each direction. @default 0 */
  loss?: number;
}

/** A bad cable between a host and the switch, until it is disposed of. */
export class BadCable {
  private readonly host: LabHost;
  private readonly child: ChildProcess;

  private constructor(host: LabHost, child: ChildProcess) {
    this.host = host;
    this.child = child;
  }

  static async plug(host: LabHost, { delay = 0, loss = 0 }: CableFaults): Promise<BadCable> {
    const program = fileURLToPath(new URL("cable.pl", import.meta.url));
    const end = `${host.port}-bad`;
    await takeOffSwitch(host.port);
    const child = spawn(
      "nsenter",
      [`--net=/run/netns/${switchNamespace}`, "perl", program, host.port, end, String(delay), String(loss)],
      { stdio: ["pipe", "pipe", "inherit"] },
    );
    const cable = new BadCable(host, child);
    const gone = once(child, "exit").then(() => Promise.reject(new Error(`no bad cable for ${host.name}`)));
    try {
      await Promise.race([once(child.stdout, "data"), gone]);
      gone.catch(() => {});
      await plugInto(end);
    } catch (error) {
      await cable[Symbol.asyncDispose]();
      throw error;
    }
    return cable;
  }

  /** The good cable is back. */
  async [Symbol.asyncDispose](): Promise<void> {
    const running = this.child.exitCode === null && this.child.signalCode === null;
    const ended = running && once(this.child, "exit");
    this.child.stdin?.end();
    await ended;
    await plug(this.host);
  }
}
