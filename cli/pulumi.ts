import { execa } from "execa";
import { CliError } from "./exit.ts";

/** Pulumi could not do what it was asked; its own words. */
export class PulumiError extends CliError {}

/**
 * Runs the Pulumi CLI in a project's folder.
 *
 * Not through the Automation API: opening a stack there selects it, for the user's own next command too, and its export
 * decrypts every secret. Nothing here needs either, and a `status` is half a second faster.
 */
export class Pulumi {
  private readonly folder: string;

  constructor(folder: string) {
    this.folder = folder;
  }

  /** @throws PulumiError when it ends with anything but 0 */
  async text(...args: string[]): Promise<string> {
    const result = await execa("pulumi", [...args, "--non-interactive", "--color", "never"], {
      cwd: this.folder,
      env: { PULUMI_SKIP_UPDATE_CHECK: "true" },
      reject: false,
      stdin: "ignore",
      // A Ctrl-C at the terminal is for this program.
      detached: true,
    });
    if (result.exitCode === 0) return result.stdout;
    if (result.code === "ENOENT") throw notInstalled();
    const words = result.stderr?.trim() || result.originalMessage || `status ${result.exitCode}`;
    throw new PulumiError(`pulumi ${args[0]}: ${words.replace(/^error: /, "")}`, { next: advice(words) });
  }

  async json(...args: string[]): Promise<unknown> {
    return JSON.parse(await this.text(...args, "--json"));
  }

  /**
   * Runs it with this program's terminal, so that a person sees its progress and can answer its question.
   * @param quiet keep standard output free: what Pulumi prints goes to standard error
   * @returns its exit code
   */
  async atTerminal(args: string[], { quiet = false } = {}): Promise<number> {
    // Ctrl-C reaches Pulumi from the terminal: it stops in order, and this waits for it.
    const ignore = () => {};
    process.on("SIGINT", ignore);
    try {
      const child = execa("pulumi", args, {
        cwd: this.folder,
        env: { PULUMI_SKIP_UPDATE_CHECK: "true" },
        reject: false,
        stdin: "inherit",
        stdout: quiet ? process.stderr : "inherit",
        stderr: "inherit",
        forceKillAfterDelay: false,
      });
      const pass = (signal: NodeJS.Signals) => child.kill(signal);
      process.on("SIGTERM", pass).on("SIGHUP", pass);
      const result = await child.finally(() => process.off("SIGTERM", pass).off("SIGHUP", pass));
      if (result.code === "ENOENT") throw notInstalled();
      return result.exitCode ?? 1;
    } finally {
      process.off("SIGINT", ignore);
    }
  }
}

function notInstalled(): CliError {
  return new CliError("there is no Pulumi on the PATH", {
    next: "install it, or in a checkout run npm run setup and then npm run handover -- <command>",
  });
}

function advice(words: string): string | undefined {
  if (/^error: (failed to load checkpoint: )?EOF$/m.test(words))
    return "a run that was killed has left an empty file beside the state, which nothing needs: find <the backend's folder> -name '*.attrs' -empty -delete; with ?metadata=skip behind the backend's address there is none";
  if (/no Pulumi\.yaml|no project file|could not find.*project/i.test(words))
    return "run it in the folder of the Pulumi project, or name that with --cwd";
  if (/no stack named|no stack selected|must supply|--stack/i.test(words))
    return "name a stack with --stack; `pulumi stack ls` has them";
  if (/passphrase/i.test(words))
    return "set PULUMI_CONFIG_PASSPHRASE or PULUMI_CONFIG_PASSPHRASE_FILE to that of the stack";
  if (/access token|logged in|login/i.test(words))
    return "log in with `pulumi login`, or set PULUMI_BACKEND_URL; in a checkout of Handover use npm run handover --";
  return undefined;
}
