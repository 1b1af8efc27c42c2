import type { LabHost } from "../../test/support/containers.ts";
import { edgeServers, type EdgeServer } from "../../test/support/edgeStats.ts";
import { Load } from "../../test/support/load.ts";
import { now, timeOfDay, type Result } from "../../test/support/load/types.ts";
import { Posts } from "../../test/support/posts.ts";
import { pause, until } from "../../components/until.ts";
import { Timeline } from "./timeline.ts";

/** How often results are judged and the edges are asked, in milliseconds. */
const looksEvery = 250;
/** How long the log line of a post that was answered may take to be read, in milliseconds. */
const countedWithin = 30_000;

/** Something was seen that must never be. */
export class Violation extends Error {
  constructor(what: string) {
    super(what);
    this.name = "Violation";
  }
}

/** What was seen in the whole run. */
export interface Seen {
  answers: number;
  /** Posts that failed on their way to something that failed. */
  lostPosts: number;
  /** Answers of bad releases, until they were taken back. */
  badAnswers: number;
  /** How often an edge said how many replicas serve. */
  looks: number;
}

/**
 * Loads the service, and compares everything that is seen with what the timeline says may be seen, all the time:
 *
 * - A request fails only if it is a post that was on its way to something that failed (see `Timeline.fail`), or if a bad
 *   release itself answers so, before its update has ended.
 * - Every answer is of a version that may answer: the present one; while an update runs, also the one that it brings.
 * - No post is counted twice, and every one that was answered is counted.
 * - Every edge that is not itself on a failing host has at least as many replicas in service as are wanted, without
 *   those on failing hosts (during a change of their number: the smaller one). Only two looks in a row that both show
 *   fewer count, because a look is not taken in one moment.
 */
export class Watch {
  readonly timeline = new Timeline();
  readonly seen: Seen = { answers: 0, lostPosts: 0, badAnswers: 0, looks: 0 };
  /** Rejects with the first violation; resolves when the watch is stopped. */
  readonly violated: Promise<void>;
  private readonly load: Load;
  private readonly posts: Posts;
  private readonly edges: ReadonlyMap<string, string>;
  /** The edges that are asked, by host. */
  private readonly asked: Set<string>;
  private uncounted: Result[] = [];
  private stopped = false;

  private constructor(
    load: Load,
    posts: Posts,
    edges: ReadonlyMap<string, string>,
    expected: { version: string; replicas: number },
  ) {
    this.load = load;
    this.posts = posts;
    this.edges = edges;
    this.timeline.expect(0, [expected.version], expected.replicas);
    this.asked = new Set(edges.keys());
    this.violated = this.look();
    this.violated.catch(() => {});
  }

  /**
   * @param edges the edges' addresses, by host; the load goes to the first one
   * @param expected what is deployed now
   */
  static async start(
    { hosts, stack, edges }: { hosts: LabHost[]; stack: string; edges: ReadonlyMap<string, string> },
    expected: { version: string; replicas: number },
  ): Promise<Watch> {
    const [address] = edges.values();
    const posts = await Posts.count(hosts, stack);
    const load = await Load.start({ url: `http://${address}`, timeout: 20_000 });
    return new Watch(load, posts, edges, expected);
  }

  get sent(): number {
    return this.load.requestsSent;
  }

  /** Waits for so many further good answers: what came before has then been seen by users. */
  async answers(count: number): Promise<void> {
    const goal = this.seen.answers + count;
    if (!(await until(async () => this.seen.answers >= goal, { within: 30_000, every: looksEvery })))
      throw new Violation(`there were not ${count} answers within 30 s`);
  }

  /**
   * Begins a time in which something on these hosts fails, and with it the replicas' servers of which `fails` says so.
   * @returns what ends it
   */
  async fault(
    hosts: string[],
    fails: (server: EdgeServer) => boolean,
    options?: { nowAndThen: boolean },
  ): Promise<() => void> {
    const servers = await edgeServers(this.entrance);
    for (const host of hosts) this.asked.delete(host);
    const end = this.timeline.fail(now(), hosts, servers.filter(serves).filter(fails).length, options);
    return () => {
      end(now());
      for (const host of hosts) if (this.edges.has(host)) this.asked.add(host);
    };
  }

  /** Whether the edge on a host is asked how many replicas serve: not while it is away. */
  ask(host: string, whether: boolean): void {
    if (whether && this.edges.has(host)) this.asked.add(host);
    else this.asked.delete(host);
  }

  /** A host that was off runs again: what its replicas count is read again. */
  async readLogsOf(host: LabHost): Promise<void> {
    await this.posts.watch(host);
  }

  /** Sends no more, waits for what is due, and judges the last results. */
  async stop(): Promise<void> {
    this.stopped = true;
    await this.load.stop();
    await this.posts.stop(this.uncounted.flatMap(({ id }) => id ?? []));
    await this.violated;
    this.judge();
    this.checkCounted(0);
  }

  private get entrance(): string {
    return [...this.edges.values()][0]!;
  }

  private async look(): Promise<void> {
    /** What the last look at an edge has found missing. */
    const missing = new Map<string, string>();
    while (!this.stopped) {
      this.judge();
      this.checkCounted(countedWithin);
      await Promise.all([...this.asked].map((host) => this.checkServing(host, missing)));
      await pause(looksEvery);
    }
  }

  private judge(): void {
    // Taken out of the load: a run of hours has many.
    for (const result of this.load.results.splice(0)) {
      const verdict = this.timeline.judge(result);
      if (verdict.kind === "violation") throw new Violation(verdict.what);
      if (verdict.kind === "good") this.seen.answers++;
      if (verdict.kind === "lost") this.seen.lostPosts++;
      if (verdict.kind === "bad release") this.seen.badAnswers++;
      if (verdict.kind === "good" && result.id !== undefined) this.uncounted.push(result);
    }
  }

  private checkCounted(within: number): void {
    for (const [id, times] of this.posts.counted) {
      if (times > 1) throw new Violation(`post ${id} was taken ${times} times`);
    }
    const late = now() - within;
    this.uncounted = this.uncounted.filter((result) => {
      if (this.posts.counted.has(result.id ?? "")) return false;
      if (result.end > late || this.timeline.mayBeForgotten(result)) return true;
      throw new Violation(
        `post ${result.id} was answered by replica ${result.replica} on ${result.host}, and not taken`,
      );
    });
  }

  private async checkServing(host: string, missing: Map<string, string>): Promise<void> {
    const before = now();
    const servers = await edgeServers(this.edges.get(host)!).catch(() => undefined);
    if (!servers || !this.asked.has(host)) return void missing.delete(host);
    this.seen.looks++;
    const { replicas, failing } = this.timeline.wanted(before);
    const serving = servers.filter((server) => serves(server) && !failing.has(hostOf(server)));
    if (serving.length >= replicas) return void missing.delete(host);
    const what =
      `at ${timeOfDay(before)} the edge on ${host} has ${serving.length} replicas in service, and ${replicas} are wanted: ` +
      servers.map(({ name, status }) => `${name} ${status}`).join(", ");
    if (missing.has(host)) throw new Violation(`${what}; in the look before: ${missing.get(host)}`);
    missing.set(host, what);
  }
}

/** `UP`, and `UP 1/3` of one that has failed a check. */
export function serves({ status }: EdgeServer): boolean {
  return status.startsWith("UP");
}

/** The host of a replica's server: `h3` of `web-h3-1a2b3c4:8080`, and of `web-h3-2-1a2b3c4:8080`. */
export function hostOf({ name }: EdgeServer): string {
  return name.split("-")[1] ?? "";
}
