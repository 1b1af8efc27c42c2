import { median, round } from "../figures.ts";

export type Kind = "keep-alive" | "one-shot" | "HTTP/2" | "100 kB" | "WebSocket";

/** What was measured of a way, in one load or over several. */
export interface Figures {
  /** Requests per second. */
  rate: number;
  /** Of the time to the end of an answer, in milliseconds. */
  median: number;
  p99: number;
  /** Processor time for a request, in microseconds: of all HAProxies on the way, and of the application. */
  proxies: number;
  application: number;
}

export interface Sample extends Figures {
  round: number;
  kind: Kind;
  way: string;
  /** A moderate load, or as many requests as get their answers. */
  pace: "moderate" | "full";
}

/** What the gateway costs beside another way: in the same rounds, and the median over these. */
export interface Cost {
  kind: Kind;
  /** The way that edge and gateway are compared with. */
  beside: string;
  /** What the median time is longer at a moderate load, in milliseconds. */
  added: number;
  /** How many times as much processor time a request takes at a moderate load: the HAProxies' alone, and all of the way. */
  proxies: number;
  path: number;
  /** How many times as many requests per second there are at a full load. */
  rate: number;
}

export interface DataPathSummary {
  ways: (Pick<Sample, "kind" | "way"> & Record<Sample["pace"], Figures>)[];
  costs: Cost[];
}

/** Every figure is the median over the rounds. Ratios and differences are made in each round, of loads a second apart. */
export function summarised(samples: Sample[]): DataPathSummary {
  const kinds = [...new Set(samples.map(({ kind }) => kind))];
  const names = [...new Set(samples.map(({ way }) => way))];
  const of = (kind: Kind, way: string, pace: Sample["pace"]) =>
    samples
      .filter((each) => each.kind === kind && each.way === way && each.pace === pace)
      .sort((a, b) => a.round - b.round);
  const whole = names.at(-1) ?? "";
  const pairs = kinds.flatMap((kind) =>
    names.filter((way) => of(kind, way, "full").length > 0).map((way) => ({ kind, way })),
  );
  const costs = pairs
    .filter(({ kind, way }) => way !== whole && of(kind, way, "moderate").some(({ proxies }) => proxies > 0))
    .map(({ kind, way }): Cost => {
      const compared = (pace: Sample["pace"], compare: (gateway: Figures, other: Figures) => number) => {
        const others = of(kind, way, pace);
        return round(median(of(kind, whole, pace).map((each, index) => compare(each, others[index]!))), 2);
      };
      const path = ({ proxies, application }: Figures) => proxies + application;
      return {
        kind,
        beside: way,
        added: compared("moderate", (a, b) => a.median - b.median),
        proxies: compared("moderate", (a, b) => a.proxies / b.proxies),
        path: compared("moderate", (a, b) => path(a) / path(b)),
        rate: compared("full", (a, b) => a.rate / b.rate),
      };
    });
  const ways = pairs.map(({ kind, way }) => ({
    kind,
    way,
    moderate: medians(of(kind, way, "moderate")),
    full: medians(of(kind, way, "full")),
  }));
  return { ways, costs };
}

function medians(samples: Sample[]): Figures {
  const of = (field: keyof Figures, digits: number) =>
    round(median(samples.map((each) => each[field])), digits);
  return {
    rate: of("rate", 0),
    median: of("median", 3),
    p99: of("p99", 2),
    proxies: of("proxies", 0),
    application: of("application", 0),
  };
}
