import { spawn, type ChildProcess } from "node:child_process";
import { once } from "node:events";
import { closeSync, existsSync, mkdtempSync, openSync, readSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import path from "node:path";
import type { EngineEvent } from "@pulumi/pulumi/automation/index.js";
import { pause } from "../../components/until.ts";
import type { TestStack } from "./stack.ts";

/** How often the engine's events are looked at, in milliseconds. */
const tick = 2;

/** Something that the engine says when a step of an update begins or ends. */
export type Moment = (event: EngineEvent) => boolean;

/** A `pulumi up` in a process group of its own, as a terminal starts it, so that a signal can reach all of it. */
export class PulumiRun {
  output = "";
  private readonly child: ChildProcess;
  private readonly directory = mkdtempSync(path.join(tmpdir(), "handover-run-"));
  /** What the engine has said, and when that was seen here: its own times are whole seconds. */
  readonly events: { at: number; event: EngineEvent }[] = [];
  private readonly exited: Promise<unknown>;

  constructor(stack: TestStack) {
    const { cwd, env } = stack.commandLine;
    const options = ["--yes", "--skip-preview", "--non-interactive", "--color", "never"];
    this.child = spawn("pulumi", ["up", ...options, "--stack", stack.name, "--event-log", this.eventLog], {
      cwd,
      // Without it there is no event log.
      env: { ...env, PULUMI_DEBUG_COMMANDS: "true" },
      detached: true,
      stdio: ["ignore", "pipe", "pipe"],
    });
    for (const stream of [this.child.stdout, this.child.stderr]) {
      stream?.on("data", (text: Buffer) => (this.output += text.toString()));
    }
    this.exited = once(this.child, "exit");
    void this.readEvents();
  }

  get processId(): number {
    return this.child.pid ?? 0;
  }

  get hasExited(): boolean {
    return this.child.exitCode !== null || this.child.signalCode !== null;
  }

  /**
   * Waits for a moment.
   * @throws when the update ends before it
   */
  async until(moment: Moment, what: string): Promise<void> {
    while (!this.events.some(({ event }) => moment(event))) {
      this.expectRunning(what);
      await pause(tick);
    }
  }

  /** @throws when the update has ended, though something was still to come */
  expectRunning(what: string): void {
    if (this.hasExited) throw new Error(`the update ended before this: ${what}\n${this.output}`);
  }

  /** To every process of the group, as Ctrl-C in a terminal does it. */
  signal(signal: NodeJS.Signals): void {
    process.kill(-this.processId, signal);
  }

  /** Waits for its end. @returns whether it succeeded */
  async ended(): Promise<boolean> {
    await this.exited;
    rmSync(this.directory, { recursive: true, force: true });
    return this.child.exitCode === 0;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    if (!this.hasExited) this.signal("SIGKILL");
    await this.ended();
  }

  private get eventLog(): string {
    return path.join(this.directory, "events");
  }

  private async readEvents(): Promise<void> {
    let file: number | undefined;
    let rest = "";
    const buffer = Buffer.alloc(1 << 20);
    while (!this.hasExited) {
      if (file === undefined && existsSync(this.eventLog)) file = openSync(this.eventLog, "r");
      const length = file === undefined ? 0 : readSync(file, buffer);
      if (length === 0) {
        await pause(tick);
        continue;
      }
      const lines = (rest + buffer.toString("utf8", 0, length)).split("\n");
      rest = lines.pop() ?? "";
      const at = Date.now();
      for (const line of lines.filter(Boolean)) {
        this.events.push({ at, event: JSON.parse(line) as EngineEvent });
      }
    }
    if (file !== undefined) closeSync(file);
  }
}

const isContainer = (type = "") => type === "docker:index/container:Container";

/** The rollout says something that matches. */
const says =
  (text: RegExp): Moment =>
  ({ diagnosticEvent }) =>
    diagnosticEvent?.severity !== undefined &&
    String(diagnosticEvent.severity) !== "debug" &&
    text.test(diagnosticEvent.message);

/** The steps of a release, in their order. */
export const moments = {
  "before the creates": ({ preludeEvent }: EngineEvent) => preludeEvent !== undefined,
  "between creates": ({ resOutputsEvent: done }: EngineEvent) =>
    isContainer(done?.metadata.type) && done?.metadata.op === "create-replacement",
  "while waiting for health": says(/: [0-4]\/5 healthy/),
  "in the middle of the shift": says(/: 5\/5 healthy/),
  "while draining": says(/: draining/),
  "between deletes": ({ resOutputsEvent: done }: EngineEvent) =>
    isContainer(done?.metadata.type) && done?.metadata.op === "delete-replaced",
} satisfies Record<string, Moment>;
