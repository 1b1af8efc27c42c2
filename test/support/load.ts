import { fork, type ChildProcess } from "node:child_process";
import { fileURLToPath } from "node:url";
import { summarise, type Expectations, type Summary } from "./load/summary.ts";
import type { LoadOptions, Report, Result } from "./load/types.ts";

export { overlap, type Overlap, type Summary } from "./load/summary.ts";

/** A running load on an edge, in a process of its own, so that what a test does in the meantime does not disturb it. */
export class Load {
  readonly options: LoadOptions;
  readonly results: Result[] = [];
  private readonly child: ChildProcess;
  private readonly ended: Promise<void>;
  private readonly watchers = new Set<() => void>();
  private sent = 0;

  private constructor(options: LoadOptions) {
    this.options = options;
    this.child = fork(fileURLToPath(new URL("load/process.ts", import.meta.url)), {
      serialization: "advanced",
      execArgv: ["--disable-warning=ExperimentalWarning"],
      env: { PATH: process.env.PATH },
    });
    this.ended = new Promise((resolve, reject) => {
      this.child.on("message", ({ sent, results, stopped }: Report) => {
        this.sent = sent;
        this.results.push(...results);
        for (const look of this.watchers) look();
        if (stopped) resolve();
      });
      this.child.on("error", reject);
      // After the last message, which the process's exit may overtake.
      this.child.on("disconnect", () => reject(new Error("the load's process has ended")));
    });
    this.ended.catch(() => {});
    this.child.send(options);
  }

  /** Starts a load, and returns when it has its first good answer. */
  static async start(options: LoadOptions): Promise<Load> {
    const load = new Load(options);
    try {
      await load.until(({ versions }) => Object.keys(versions).length > 0, { what: "the first good answer" });
    } catch (error) {
      await load.stop();
      throw error;
    }
    return load;
  }

  get requestsSent(): number {
    return this.sent;
  }

  /** What it has shown up to now. */
  summary(expectations: Expectations = {}): Summary {
    return summarise(this.results, this.sent, { slowness: this.options.slowness, ...expectations });
  }

  /**
   * Waits for something to be seen in the load.
   * @throws when it is not seen in time, or the load is stopped before
   */
  async until(
    condition: (summary: Summary) => boolean,
    { what, deadline = 10_000 }: UntilOptions,
  ): Promise<void> {
    const seen = new Promise<void>((resolve, reject) => {
      const look = () => {
        if (condition(this.summary())) finish(resolve);
      };
      const finish = (then: () => void) => {
        this.watchers.delete(look);
        clearTimeout(timer);
        then();
      };
      const timer = setTimeout(
        () => finish(() => reject(new Error(`not seen in ${deadline} ms: ${what}; ${this.inWords()}`))),
        deadline,
      );
      this.watchers.add(look);
      this.ended
        .catch(() => {})
        .then(() =>
          finish(() => reject(new Error(`not seen before the load's end: ${what}; ${this.inWords()}`))),
        );
      look();
    });
    await seen;
  }

  /** Waits for so many further good answers. */
  async answers(count: number, deadline = 10_000): Promise<void> {
    const goal = this.goodAnswers() + count;
    await this.until(() => this.goodAnswers() >= goal, { what: `${count} further answers`, deadline });
  }

  /** Sends no more, waits for the answers that are due, and ends the process. */
  async stop(): Promise<void> {
    if (this.child.connected) this.child.send("stop");
    await this.ended;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.stop();
  }

  private inWords(): string {
    const { answered, failed, examples, versions } = this.summary();
    const known = Object.keys(versions).join(", ") || "none";
    return [`${answered} answers, ${failed} of them failed, versions: ${known}`, ...examples].join("\n  ");
  }

  private goodAnswers(): number {
    return this.results.reduce((count, { error }) => (error ? count : count + 1), 0);
  }
}

export interface UntilOptions {
  /** What is waited for, in words, for the error. */
  what: string;
  /** In milliseconds. @default 10_000 */
  deadline?: number;
}
