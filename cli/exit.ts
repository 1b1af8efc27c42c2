/** What a script can tell from the exit code. `exec` passes on the code of what it ran. */
export const exitCode = {
  ok: 0,
  /** Something did not work: an update, a check, a host that is needed. */
  failed: 1,
  /** The command line cannot be understood, or names something that is not there. */
  usage: 2,
  /** `status`: something is not as the stack wants it. */
  differs: 3,
} as const;

/** Something that a person has to know: what is wrong and where, and what to do next. */
export class CliError extends Error {
  readonly next: string | undefined;
  readonly code: number;

  constructor(message: string, { next, code = exitCode.failed }: { next?: string; code?: number } = {}) {
    super(message);
    this.name = "CliError";
    this.next = next;
    this.code = code;
  }
}

export function usageError(message: string, next?: string): CliError {
  return new CliError(message, { code: exitCode.usage, next });
}
