import http from "node:http";
import { send } from "./request.ts";
import { defaultRates, kinds, now, type Kind, type LoadOptions, type Result } from "./types.ts";

/** How often the generator looks what is due, in milliseconds. */
const tick = 5;

/**
 * Connections that only a burst needs are idle for long, and the edge closes them after ten seconds. On a busy machine this
 * process may send its next request before it has noticed. As every client of HTTP/1.1 should, it lets go of them first.
 */
const reserve: http.AgentOptions = { keepAlive: true, timeout: 5_000 };

/** Sends requests at constant rates, whatever becomes of them, until it is stopped. */
export class Generator {
  sent = 0;
  private readonly options: LoadOptions;
  private readonly onResult: (result: Result) => void;
  private readonly rates: Record<Kind, number>;
  private readonly started = now();
  private readonly issued: Record<Kind, number> = { keepAlive: 0, oneRequest: 0, slow: 0, post: 0 };
  /** The connections that `keepAlive` requests take turns on, the longest idle first. */
  private readonly idle: http.Agent[];
  private readonly slowAgent = new http.Agent(reserve);
  private readonly postAgent = new http.Agent(reserve);
  private readonly inFlight = new Set<Promise<void>>();
  private readonly run = Math.random().toString(36).slice(2, 8);
  private readonly timer: NodeJS.Timeout;

  constructor(options: LoadOptions, onResult: (result: Result) => void) {
    this.options = options;
    this.onResult = onResult;
    this.rates = { ...defaultRates, ...options.rates };
    this.idle = Array.from(
      { length: options.connections ?? 10 },
      () => new http.Agent({ keepAlive: true, maxSockets: 1 }),
    );
    this.timer = setInterval(() => this.sendWhatIsDue(), tick);
  }

  /** Sends no more, and waits until every request has its answer or has failed. */
  async stop(): Promise<void> {
    clearInterval(this.timer);
    await Promise.all(this.inFlight);
    for (const agent of [...this.idle, this.slowAgent, this.postAgent]) agent.destroy();
  }

  private sendWhatIsDue(): void {
    const elapsed = (now() - this.started) / 1000;
    for (const kind of kinds) {
      while (this.issued[kind] < elapsed * this.rates[kind]) {
        if (kind === "keepAlive" && this.idle.length === 0) break;
        this.issued[kind]++;
        this.track(this.sendOne(kind, this.sent++));
      }
    }
  }

  private track(request: Promise<void>): void {
    this.inFlight.add(request);
    void request.finally(() => this.inFlight.delete(request));
  }

  private async sendOne(kind: Kind, number: number): Promise<void> {
    const { url, host, headers, slowness = 2000, timeout = 10_000 } = this.options;
    const id = kind === "post" ? `${this.run}-${number}` : undefined;
    const turn = kind === "keepAlive" ? this.idle.shift() : undefined;
    const agents = { keepAlive: turn, oneRequest: undefined, slow: this.slowAgent, post: this.postAgent };
    const result = await send({
      kind,
      number,
      id,
      url: new URL(kind === "slow" ? `/slow?ms=${slowness}` : kind === "post" ? "/posts" : "/", url),
      method: kind === "post" ? "POST" : "GET",
      headers: { ...headers, ...(host && { host }), ...(id && { "x-request-id": id }) },
      agent: agents[kind] ?? false,
      timeout,
    });
    if (turn) this.idle.push(turn);
    this.onResult(result);
  }
}
