import type { RolloutDocument } from "./document.ts";

/** The longest silence while something is waited for. */
const speaksEvery = 5_000;

/** Says a line when what it tells has changed, and otherwise once in a while. */
export class Progress {
  private readonly say: (line: string) => void;
  private told: string | undefined;
  private toldAt = 0;

  constructor(say: (line: string) => void) {
    this.say = say;
  }

  /** @param news what has to change for the line to be worth saying; by default the line up to its first comma */
  show(line: string, elapsed: number, news = line.split(",")[0]): void {
    if (news === this.told && elapsed - this.toldAt < speaksEvery) return;
    this.told = news;
    this.toldAt = elapsed;
    this.say(line);
  }
}

/** `web: 3/5 healthy, 4 s of 120 s` */
export function healthyLine(
  { service, servers, deadline }: RolloutDocument,
  waiting: number,
  elapsed: number,
): string {
  const healthy = `${servers.length - waiting}/${servers.length} healthy`;
  return `${service}: ${healthy}, ${Math.floor(elapsed / 1000)} s of ${deadline / 1000} s`;
}
