import { setTimeout as wait } from "node:timers/promises";
import type { EdgeDocument } from "../../components/rollout/document.ts";
import { EdgeConversation, type EdgeAnswer } from "../askEdge.ts";
import { askHost, type HostAnswer } from "../askHost.ts";
import { followEvents } from "./hostEvents.ts";
import { edgesOf, type Wanted } from "../inventory.ts";
import { statusOf, type Status } from "../status.ts";
import { averageTime, Counting, type Counted } from "./counting.ts";
import { isUnderWay } from "./page/words.js";
import { isStepOf, rolloutView } from "./rollouts.ts";
import type { ReplicaRate, Snapshot, Source, TrafficPoint, Version } from "./snapshot.ts";

/** How often, in milliseconds. */
const edgesEvery = 1_000;
const edgesEveryInRollout = 250;
/** A host tells by itself when something happens to a container: this is for whether it still answers. */
const hostsEvery = 5_000;
/** Asking for the stack's state costs more than asking all hosts; it changes with updates only. */
const stateEvery = 10_000;
const stateEveryInRollout = 5_000;
/** What is kept of the traffic. */
const kept = 10 * 60_000;

interface WatchedEdge {
  edge: EdgeDocument;
  answer: EdgeAnswer | undefined;
  /** By service: what it counted last. */
  counted: Record<string, Counted>;
  /** Stops asking. */
  stop: AbortController;
}

/**
 * A stack as it is, moment by moment. Each host and each edge is asked in its own rhythm, so that one that does not
 * answer holds up nobody else. Everything is only read.
 */
export class Live implements Source {
  latest: Snapshot | undefined;
  readonly history: Record<string, TrafficPoint[]> = {};
  private wanted: Wanted;
  private problem: string | null = null;
  private readonly read: () => Promise<Wanted>;
  private readonly hosts = new Map<string, { answer: HostAnswer | undefined; stop: AbortController }>();
  private readonly edges = new Map<string, WatchedEdge>();
  private readonly versions: Record<string, Version[]> = {};
  /** The version of each container that was ever seen, also of those that are gone. */
  private readonly versionOf = new Map<string, number>();
  private readonly listeners = new Set<(snapshot: Snapshot) => void>();
  private readonly stopped = new AbortController();
  private underWay = false;

  private constructor(wanted: Wanted, read: () => Promise<Wanted>) {
    this.wanted = wanted;
    this.read = read;
  }

  /**
   * @param read reads what is wanted
   * @throws what it throws the first time; later it is a problem that the page shows
   */
  static async start(read: () => Promise<Wanted>): Promise<Live> {
    const live = new Live(await read(), read);
    live.follow();
    void live.readAgain();
    void live.tell();
    return live;
  }

  listen(listener: (snapshot: Snapshot) => void): () => void {
    this.listeners.add(listener);
    return () => this.listeners.delete(listener);
  }

  stop(): void {
    this.stopped.abort();
    for (const { stop } of [...this.hosts.values(), ...this.edges.values()]) stop.abort();
  }

  /** Asks those hosts and edges that there are now. */
  private follow(): void {
    const { state, config } = this.wanted;
    const hosts = state.hosts.filter(({ name }) => config.hosts?.[name]?.state !== "lost");
    const edges = edgesOf(state).filter(({ host }) => hosts.some(({ name }) => name === host));
    const isOf = new Set([
      ...hosts.map(({ name, docker }) => `${name} ${docker}`),
      ...edges.map(({ container }) => container),
    ]);
    for (const all of [this.hosts, this.edges]) {
      for (const [key, { stop }] of all) {
        if (isOf.has(key)) continue;
        stop.abort();
        all.delete(key);
      }
    }
    for (const host of hosts) {
      const key = `${host.name} ${host.docker}`;
      if (this.hosts.has(key)) continue;
      const watched = { answer: undefined as HostAnswer | undefined, stop: new AbortController() };
      this.hosts.set(key, watched);
      let news = false;
      void followEvents(host, this.wanted.state, watched.stop.signal, ({ action }) => {
        // Health checks inside a container are events, too.
        news ||= !action.startsWith("exec_");
      });
      const ask = async () => {
        news = false;
        watched.answer = await askHost(host, this.wanted.state);
      };
      void this.again(watched.stop.signal, [hostsEvery, hostsEvery], ask, () => news);
    }
    for (const edge of edges) {
      if (this.edges.has(edge.container)) continue;
      const watched: WatchedEdge = { edge, answer: undefined, counted: {}, stop: new AbortController() };
      this.edges.set(edge.container, watched);
      void this.askEdge(watched);
    }
  }

  private async askEdge(watched: WatchedEdge): Promise<void> {
    const conversation = new EdgeConversation(watched.edge);
    const counting = new Map<string, Counting>();
    await this.again(watched.stop.signal, [edgesEvery, edgesEveryInRollout], async () => {
      const answer = await conversation.ask(this.wanted.state.services.map(({ name }) => name));
      const at = Date.now();
      watched.answer = answer;
      watched.counted = {};
      if (!answer.reachable) return counting.clear();
      for (const [name, service] of Object.entries(answer.services)) {
        const counter = counting.get(name) ?? new Counting();
        counting.set(name, counter);
        const counted = counter.next(at, service);
        if (counted) watched.counted[name] = counted;
      }
    });
    conversation.close();
  }

  private async readAgain(): Promise<void> {
    await this.again(this.stopped.signal, [stateEvery, stateEveryInRollout], async () => {
      try {
        this.wanted = await this.read();
        this.problem = null;
        this.follow();
      } catch (error) {
        this.problem = (error as Error).message;
      }
    });
  }

  private async tell(): Promise<void> {
    await this.again(this.stopped.signal, [edgesEvery, edgesEveryInRollout], async () => {
      const asked = [...this.hosts.values(), ...this.edges.values()];
      if (!this.latest && asked.some(({ answer }) => !answer)) return;
      const snapshot = this.look();
      this.latest = snapshot;
      for (const listener of this.listeners) listener(snapshot);
    });
  }

  private look(): Snapshot {
    const at = Date.now();
    const status = this.status(at);
    this.learnVersions(status);
    const edges = [...this.edges.values()];
    const rates = this.rates(edges);
    const rollouts = Object.fromEntries(
      status.services.flatMap(({ name: service }) => {
        const seen = edges.flatMap(({ answer }) =>
          answer?.reachable && answer.services[service] ? [answer.services[service].rollout] : [],
        );
        const replicas = status.replicas.filter((replica) => replica.service === service);
        const view = rolloutView({ service, rollouts: seen, replicas, rates, now: at });
        return view ? [[service, view] as const] : [];
      }),
    );
    this.underWay = Object.values(rollouts).some(isUnderWay);
    const traffic = Object.fromEntries(
      status.services.map(({ name }) => [name, this.trafficOf(name, edges, at)] as const),
    );
    for (const [service, point] of Object.entries(traffic)) this.keep(service, point);
    return {
      at,
      status: { ...status, differences: status.differences.filter((each) => !isStepOf(each, rollouts)) },
      versions: this.versions,
      rates,
      rollouts,
      traffic,
      problem: this.problem,
    };
  }

  private status(at: number): Status {
    const hosts = new Map(
      [...this.hosts].flatMap(([key, { answer }]) =>
        answer ? [[key.slice(0, key.indexOf(" ")), answer] as const] : [],
      ),
    );
    const edges = [...this.edges.values()].flatMap(({ edge, answer }) => (answer ? [{ edge, answer }] : []));
    return statusOf(this.wanted, { at: new Date(at), hosts, edges });
  }

  private learnVersions({ replicas }: Status): void {
    for (const { service, container, image, revision } of replicas) {
      const versions = (this.versions[service] ??= []);
      let number = versions.findIndex((each) => each.image === image && each.revision === revision);
      if (number === -1) number = versions.push({ image, revision }) - 1;
      this.versionOf.set(container, number);
    }
  }

  private rates(edges: WatchedEdge[]): Record<string, ReplicaRate> {
    const rates: Record<string, ReplicaRate> = {};
    for (const { from, to, replicas } of edges.flatMap(({ counted }) => Object.values(counted))) {
      const seconds = Math.max(1, to - from) / 1000;
      for (const [container, { requests, errors }] of Object.entries(replicas)) {
        const rate = (rates[container] ??= { requests: 0, errors: 0 });
        rate.requests += requests / seconds;
        rate.errors += errors / seconds;
      }
    }
    return rates;
  }

  private trafficOf(service: string, edges: WatchedEdge[], at: number): TrafficPoint {
    const counted = edges.flatMap((edge) => edge.counted[service] ?? []);
    const perSecond = (of: (each: Counted) => number) =>
      counted.reduce((sum, each) => sum + (of(each) * 1000) / Math.max(1, each.to - each.from), 0);
    const numbers = new Set(
      counted.flatMap(({ replicas }) =>
        Object.keys(replicas).flatMap((container) => this.versionOf.get(container) ?? []),
      ),
    );
    const ofVersion = (number: number) =>
      perSecond(({ replicas }) =>
        Object.entries(replicas).reduce(
          (sum, [container, { requests }]) => sum + (this.versionOf.get(container) === number ? requests : 0),
          0,
        ),
      );
    return {
      at,
      requests: perSecond(({ requests }) => requests),
      failures: perSecond(({ failures }) => failures),
      latency: averageTime(counted.flatMap(({ replicas }) => Object.values(replicas))),
      versions: Object.fromEntries([...numbers].map((number) => [number, ofVersion(number)])),
    };
  }

  private keep(service: string, point: TrafficPoint): void {
    const points = (this.history[service] ??= []);
    points.push(point);
    while (points[0] && points[0].at < point.at - kept) points.shift();
  }

  /** Until it is stopped; more often while an update is under way. */
  private async again(
    stop: AbortSignal,
    [every, inRollout]: [number, number],
    act: () => Promise<unknown>,
    atOnce = () => false,
  ): Promise<void> {
    while (!stop.aborted) {
      const began = Date.now();
      await act();
      const pause = () => (this.underWay ? inRollout : every) - (Date.now() - began);
      // Looked at often, so that the beginning of an update is not slept through.
      while (!stop.aborted && pause() > 0 && !(atOnce() && Date.now() - began >= edgesEveryInRollout))
        await wait(Math.min(pause(), edgesEveryInRollout));
    }
  }
}
