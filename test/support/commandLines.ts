import { readdir, readFile } from "node:fs/promises";
import { setTimeout as pause } from "node:timers/promises";

/** Looks at the command lines of all processes of this machine, the lab's hosts among them, again and again. */
export class CommandLines {
  private readonly seen = new Set<string>();
  private watching = true;
  private readonly watch = this.look();

  /** Stops looking. @returns every command line that was there at some time, its words after each other */
  async end(): Promise<string[]> {
    this.watching = false;
    await this.watch;
    return [...this.seen];
  }

  private async look(): Promise<void> {
    while (this.watching) {
      const ids = (await readdir("/proc")).filter((name) => /^\d+$/.test(name));
      const lines = await Promise.all(
        // It may have ended in the meantime.
        ids.map((id) => readFile(`/proc/${id}/cmdline`, "utf8").catch(() => "")),
      );
      for (const line of lines) if (line) this.seen.add(line.replaceAll("\0", " "));
      await pause(10);
    }
  }
}
