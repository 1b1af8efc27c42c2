import { readFileSync } from "node:fs";
import { execa, type ResultPromise } from "execa";
import { endGroup } from "../docker/docker.ts";
import type { EdgeDocument } from "../rollout/document.ts";
import { baseConfigPath, masterSocket, runDirectory, stateDirectory, statsSocket } from "./edgeContainer.ts";
import { EdgeError } from "./edgeError.ts";

const program = readFileSync(new URL("relay.pl", import.meta.url), "utf8");

/** How long one operation may take. Each of them is short; what does not answer by then does not answer at all. */
const answersWithin = 20_000;

/** How long the other side may take to notice that it is over. */
const closesWithin = 3_000;

export type RelayOperation = "stats" | "master" | "lock" | "unlock" | "read" | "install" | "note" | "watch";

interface Waiting {
  resolve(answer: string): void;
  reject(error: Error): void;
}

/**
 * One conversation with an edge: a small program inside its container that speaks with HAProxy's sockets, holds the
 * locks and writes the files. One `docker exec` for a whole rollout, so that a command takes milliseconds on any
 * transport; it ends, and lets go of its locks, when this process ends.
 */
export class Relay {
  private readonly edge: EdgeDocument;
  private readonly process: ResultPromise<{
    stdin: "pipe";
    stdout: "pipe";
    encoding: "buffer";
    buffer: false;
    reject: false;
  }>;
  private readonly waiting: Waiting[] = [];
  private received = Buffer.alloc(0);
  private complaint = "";
  private ended: EdgeError | undefined;

  constructor(edge: EdgeDocument) {
    this.edge = edge;
    const args = [statsSocket, masterSocket, stateDirectory, runDirectory, baseConfigPath];
    this.process = execa(
      "docker",
      ["-H", edge.docker, "exec", "-i", "-u", "0", edge.container, "perl", "-e", program, ...args],
      {
        stdin: "pipe",
        stdout: "pipe",
        encoding: "buffer",
        buffer: false,
        reject: false,
        // A group of its own: a Ctrl-C at the terminal is for the rollout, which needs this to give the traffic back.
        detached: true,
      },
    );
    this.process.stdout.on("data", (chunk: Buffer) => this.receive(chunk));
    this.process.stderr.on("data", (chunk: Buffer) => (this.complaint += chunk.toString()));
    // A write after the end is reported by the end itself.
    this.process.stdin.on("error", () => {});
    void this.process.then((result) => this.end(result.exitCode ?? result.originalMessage));
  }

  /** @throws EdgeError with the relay's own words when the operation failed, or when the conversation has ended */
  async request(operation: RelayOperation, body = ""): Promise<string> {
    if (this.ended) throw this.ended;
    const bytes = Buffer.from(body);
    return new Promise((resolve, reject) => {
      const timer = setTimeout(() => this.giveUp(), answersWithin);
      const settled =
        <T>(settle: (value: T) => void) =>
        (value: T) => {
          clearTimeout(timer);
          settle(value);
        };
      this.waiting.push({ resolve: settled(resolve), reject: settled(reject) });
      this.process.stdin.write(Buffer.concat([Buffer.from(`${operation} ${bytes.length}\n`), bytes]));
    });
  }

  async close(): Promise<void> {
    this.process.stdin.end();
    const timer = setTimeout(() => endGroup(this.process.pid), closesWithin);
    await this.process.finally(() => clearTimeout(timer));
  }

  private receive(chunk: Buffer): void {
    this.received = Buffer.concat([this.received, chunk]);
    for (;;) {
      const newline = this.received.indexOf(0x0a);
      if (newline < 0) return;
      const header = /^(ok|failed) (\d+)$/.exec(this.received.subarray(0, newline).toString());
      if (!header) return this.interrupted();
      const [, verdict, length] = header;
      const end = newline + 1 + Number(length);
      if (this.received.length < end) return;
      const answer = this.received.subarray(newline + 1, end).toString();
      this.received = this.received.subarray(end);
      const next = this.waiting.shift();
      if (verdict === "ok") next?.resolve(answer);
      else next?.reject(new EdgeError(this.edge.host, answer.trim()));
    }
  }

  /**
   * Something else than the relay speaks: a container that is just being restarted, of which the engine says on standard
   * output that nothing can be run in it.
   */
  private interrupted(): void {
    this.complaint += this.received.toString();
    this.received = Buffer.alloc(0);
    endGroup(this.process.pid);
  }

  private giveUp(): void {
    this.fail(
      `no answer from container ${this.edge.container} at ${this.edge.docker} within ${answersWithin / 1000} s`,
    );
    endGroup(this.process.pid);
  }

  private end(status: number | string | undefined): void {
    const { container } = this.edge;
    const words = this.complaint.trim() || `status ${status}`;
    this.fail(
      /"perl".*(not found|no such file)/is.test(words)
        ? `the image of ${container} has no Perl; use one that is based on Debian, such as haproxy:3.2`
        : `the conversation with container ${container} ended: ${words}`,
    );
  }

  private fail(problem: string): void {
    this.ended ??= new EdgeError(this.edge.host, problem);
    for (const { reject } of this.waiting.splice(0)) reject(this.ended);
  }
}
