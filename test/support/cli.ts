import { mkdtemp, rm, symlink } from "node:fs/promises";
import { tmpdir } from "node:os";
import path from "node:path";
import { execa, type Options, type Result } from "execa";
import { stackEnvironment, type StackLocation } from "./stack.ts";

const repository = path.resolve(import.meta.dirname, "../..");

export type Ran = Pick<Result<{ all: true }>, "stdout" | "stderr" | "exitCode"> & { all: string };

/** The real program, as somebody runs it who has installed it and works on one stack. */
export class Cli {
  private readonly stack: string;
  private readonly folder: string;
  private readonly environment: Record<string, string>;

  private constructor(stack: string, folder: string, environment: Record<string, string>) {
    this.stack = stack;
    this.folder = folder;
    this.environment = environment;
  }

  static async install(location: StackLocation): Promise<Cli> {
    const folder = await mkdtemp(path.join(tmpdir(), "handover-cli-"));
    await symlink(path.join(repository, "bin/handover.js"), path.join(folder, "handover"));
    const { PATH, ...environment } = stackEnvironment(location);
    return new Cli(location.name, folder, { ...environment, PATH: `${PATH}:${folder}` });
  }

  get variables(): Record<string, string> {
    return this.environment;
  }

  /** Runs `handover` on the stack. Words behind two dashes stay behind them. */
  run(...words: string[]): Promise<Ran> {
    const dashes = words.indexOf("--");
    const at = dashes === -1 ? words.length : dashes;
    return this.start([...words.slice(0, at), "--stack", this.stack, ...words.slice(at)]);
  }

  /** Runs `handover` with exactly these words. */
  async start(words: string[], options: Options = {}): Promise<Ran> {
    return (await execa("handover", words, { ...this.how, stdin: "ignore", ...options })) as unknown as Ran;
  }

  /** Types a command as somebody would who follows advice. */
  async type(command: string): Promise<Ran> {
    return (await execa("sh", ["-c", command], { ...this.how, stdin: "ignore" })) as unknown as Ran;
  }

  /** Runs a program with the environment of this one, until the caller ends it. */
  spawn(program: string, words: string[]) {
    return execa(program, words, this.how);
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await rm(this.folder, { recursive: true, force: true });
  }

  private get how() {
    return { cwd: repository, env: this.environment, extendEnv: false, reject: false, all: true } as const;
  }
}
