import type { RolloutDocument } from "./document.ts";
import type { UnhealthyReplica } from "./failure.ts";
import { count, seconds } from "./report.ts";

/** The longest silence while something is waited for. */
const speaksEvery = 5_000;

/** Says a line when what it tells has changed, and otherwise once in a while. */
export class Progress {
  private readonly say: (line: string) => void;
  private told: string | undefined;
  private toldAt = 0;

  /** @param known what has been said by somebody else, and becomes news only when it lasts */
  constructor(say: (line: string) => void, known?: string) {
    this.say = say;
    this.told = known;
  }

  /** @param news what has to change for the line to be worth saying; by default the line up to its first comma */
  show(line: string, elapsed: number, news = line.split(",")[0]): void {
    if (news === this.told && elapsed - this.toldAt < speaksEvery) return;
    this.told = news;
    this.toldAt = elapsed;
    this.say(line);
  }
}

/** How many replicas that are waited for are named. */
const mostNamed = 2;

/** `web: 3/5 healthy, 57 s left; waiting for web-h4 (HTTP 503 after 2 ms) and 1 more` */
export function healthyLine(
  { service, servers, deadline }: RolloutDocument,
  waiting: UnhealthyReplica[],
  elapsed: number,
): string {
  const healthy = `${service}: ${servers.length - waiting.length}/${servers.length} healthy`;
  if (waiting.length === 0) return `${healthy} after ${seconds(elapsed)}`;
  const seen = waiting.filter(({ lastCheck }) => lastCheck !== "not checked yet");
  const named = seen.slice(0, mostNamed).map(({ server, lastCheck }) => `${server.replica} (${lastCheck})`);
  const more = waiting.length > named.length ? ` and ${waiting.length - named.length} more` : "";
  const reasons = named.length > 0 ? `; waiting for ${named.join(", ")}${more}` : "";
  return `${healthy}, ${timeLeft(deadline, elapsed)}${reasons}`;
}

/**
 * `web: traffic moved in 1 ms: 29 % on 2 new replicas, 71 % on 5 that stay`
 * @param entered how many of the replicas got no traffic before
 */
export function movedLine(
  { service, servers }: RolloutDocument,
  { entered, took }: { entered: number; took: number },
): string {
  const staying = servers.length - entered;
  const share = (part: number) => `${Math.round((100 * part) / servers.length)} %`;
  const parts = [
    entered > 0 ? `${share(entered)} on ${count(entered, "new replica")}` : "",
    staying > 0 ? `${share(staying)} on ${staying} that ${staying === 1 ? "stays" : "stay"}` : "",
  ].filter(Boolean);
  return `${service}: traffic moved in ${took} ms: ${parts.join(", ") || "no replica is left"}`;
}

/** `57 s left` */
export function timeLeft(limit: number, elapsed: number): string {
  return `${Math.max(0, Math.ceil((limit - elapsed) / 1000))} s left`;
}
