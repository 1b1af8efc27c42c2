import { EdgeError } from "./edgeError.ts";
import type { Relay } from "./relay.ts";

/** A command line is at most one buffer of HAProxy's (16 KiB): stay well below it. */
const mostBytes = 8_000;

/**
 * HAProxy's runtime API, over a relay: what it is asked, and what it is told. Commands are made with {@link command},
 * which lets nothing through that could end one and begin another.
 */
export class RuntimeApi {
  private readonly relay: Pick<Relay, "request">;
  private readonly host: string;

  constructor(relay: Pick<Relay, "request">, host: string) {
    this.relay = relay;
    this.host = host;
  }

  /** Asks one thing. @returns the answer as it is, also where it is a refusal */
  async ask(question: string): Promise<string> {
    return this.relay.request("stats", question);
  }

  /**
   * Runs commands in order, in one call where they fit into one.
   * @throws EdgeError with HAProxy's own words when one of them is refused
   */
  async run(commands: string[]): Promise<void> {
    for (const batch of inBatches(commands)) {
      const refusal = await this.attempt(...batch);
      if (refusal) throw new EdgeError(this.host, `HAProxy refused "${batch.join("; ")}": ${refusal}`);
    }
  }

  /** Runs commands that may be refused for a reason that is no error. @returns the refusal */
  async attempt(...commands: string[]): Promise<string | undefined> {
    // An empty command between semicolons would make HAProxy print its whole help.
    return refusalIn(await this.ask(["set severity-output number", ...commands].join(";")));
  }

  /** Speaks with the master process, which knows the workers. */
  async master(question: string): Promise<string> {
    return this.relay.request("master", question);
  }
}

/** A command of words. @throws when a word would be more than a word */
export function command(...words: (string | number)[]): string {
  for (const word of words) {
    if (!/^[\w\-.:/@+,=~?&% ]+$/.test(String(word))) {
      throw new Error(`not fit for HAProxy's runtime API: ${JSON.stringify(word)}`);
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
    size += next.length + 1;
  }
  return batches;
}

/** The first line that HAProxy marks as worse than a notice: `[0]` emergency to `[4]` warning. */
function refusalIn(answer: string): string | undefined {
  const line = answer
    .split("\n")
    .find(
      (each) => (/^\[[0-4]\]:/.test(each) && !moved.test(each)) || /^Unknown (command|map|ACL)/i.test(each),
    );
  return line?.replace(/^\[\d\]: ?/, "").trim();
}

/** With a warning, too, HAProxy says that it did give a server another address. */
const moved = /^\[4\]: .*\b(changed|no need to change)\b/;
