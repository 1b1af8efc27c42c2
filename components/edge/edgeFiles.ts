import { until } from "../until.ts";
import {
  committedServices,
  renderSet,
  sameFiles,
  type CommittedServices,
  type FileSet,
} from "./committedSet.ts";
import type { CommittedService } from "./edge.ts";
import { EdgeError } from "./edgeError.ts";
import type { Relay } from "./relay.ts";

/** Changes of the files are short, but a dozen services may make theirs at once. */
const turnWithin = 30_000;

/**
 * The committed set in an edge's volume. One service at a time changes its part of it, for as long as it holds the files
 * lock. Whoever holds that one waits for no other, so this cannot lock up with the lock of the reloads.
 */
export class EdgeFiles {
  private readonly relay: Pick<Relay, "request">;
  private readonly host: string;

  constructor(relay: Pick<Relay, "request">, host: string) {
    this.relay = relay;
    this.host = host;
  }

  /** Runs `act` while nobody else changes the files. */
  async alone<T>(act: (files: FileSet) => Promise<T>): Promise<T> {
    const held = await until(
      async () => (await this.relay.request("lock", "files exclusive")) === "held" || undefined,
      { within: turnWithin },
    );
    if (!held) throw new EdgeError(this.host, `its files were in use for ${turnWithin / 1000} s`);
    try {
      return await act(parseFiles(await this.relay.request("read")));
    } finally {
      await this.relay.request("unlock", "files").catch(() => {
        // The end of the conversation has let go of it, and is reported where it matters.
      });
    }
  }

  async committed(service: string): Promise<CommittedService | undefined> {
    return this.alone(async (present) => this.servicesOf(present)[service]);
  }

  /**
   * Changes what is committed of one service, `undefined` for nothing at all. HAProxy checks the whole set before it
   * takes effect.
   * @throws EdgeError with HAProxy's own words when it would not start with it; nothing has changed then
   */
  async change(
    service: string,
    to: (present: CommittedService | undefined) => CommittedService | undefined,
  ): Promise<void> {
    await this.alone(async (present) => {
      const services = this.servicesOf(present);
      const { [service]: before, ...others } = services;
      const after = to(before);
      const next = renderSet(after ? { ...others, [service]: after } : others, present);
      if (!sameFiles(present, next)) await this.relay.request("install", filesText(next));
    });
  }

  private servicesOf(files: FileSet): CommittedServices {
    try {
      return committedServices(files);
    } catch (cause) {
      throw new EdgeError(this.host, (cause as Error).message, { cause });
    }
  }
}

/** Several files in one text: `<name> <length in bytes>` on a line, the content, and so on. */
export function filesText(files: FileSet): string {
  return [...files].map(([name, text]) => `${name} ${Buffer.byteLength(text)}\n${text}`).join("");
}

function parseFiles(text: string): FileSet {
  const files = new Map<string, string>();
  let rest = Buffer.from(text);
  while (rest.length > 0) {
    const newline = rest.indexOf(0x0a);
    const [name = "", length] = rest.subarray(0, newline).toString().split(" ");
    const end = newline + 1 + Number(length);
    files.set(name, rest.subarray(newline + 1, end).toString());
    rest = rest.subarray(end);
  }
  return files;
}
