import { EdgeError } from "./edgeError.ts";
import type { Relay } from "./relay.ts";

/** A command line is at most one buffer of HAProxy's (16 KiB): stay well below it. */
const mostBytes = 8_000;

/**
 * HAProxy's runtime API, over a relay. Arguments are checked here, so that none of them can end a command and begin
 * another.
 */
export class RuntimeApi {
  private readonly relay: Relay;
  private readonly host: string;

  constructor(relay: Relay, host: string) {
    this.relay = relay;
    this.host = host;
  }

  /** Runs commands that say nothing when they succeed, in order. In one call where they fit into one. */
  async run(commands: string[]): Promise<void> {
    for (const batch of inBatches(commands)) {
      const answer = await this.relay.request("stats", ["set severity-output number", ...batch].join("; "));
      const refusal = refusalIn(answer);
      if (refusal) throw new EdgeError(this.host, `HAProxy refused "${batch.join("; ")}": ${refusal}`);
    }
  }

  /** Runs one command that may be refused for a reason that is no error. @returns the refusal */
  async attempt(command: string): Promise<string | undefined> {
    return refusalIn(await this.relay.request("stats", `set severity-output number; ${command}`));
  }

  /** Asks several things at once. @returns the answers, in order */
  async ask(...questions: string[]): Promise<string[]> {
    const answers = await Promise.all(questions.map((question) => this.relay.request("stats", question)));
    return answers;
  }

  /** Speaks with the master process, which knows the workers. */
  async master(command: string): Promise<string> {
    return this.relay.request("master", command);
  }
}

/** A command of words. @throws when a word would be more than a word */
export function command(...words: (string | number)[]): string {
  for (const word of words) {
    if (!/^[\w\-.:/#@!$&'()*+,=~?% ]+$/.test(String(word)) || /[;\\\n]/.test(String(word))) {
      throw new Error(`not fit for the runtime API: ${JSON.stringify(word)}`);
    }
  }
  return words.join(" ");
}

function inBatches(commands: string[]): string[][] {
  const batches: string[][] = [];
  let size = mostBytes;
  for (const next of commands) {
    if (size + next.length > mostBytes) {
      batches.push([]);
      size = 0;
    }
    batches.at(-1)?.push(next);
    size += next.length + 2;
  }
  return batches;
}

/** The first line that HAProxy marks as worse than a notice: `[0]` emergency to `[3]` error. */
function refusalIn(answer: string): string | undefined {
  const line = answer
    .split("\n")
    .find((each) => /^\[[0-3]\]: ?/.test(each) || /^Unknown command/i.test(each));
  return line?.replace(/^\[\d\]: ?/, "").trim();
}
