import { markdown } from "../table.ts";
import type { DataPathSummary } from "./summary.ts";

export interface DataPathResult extends DataPathSummary {
  /** What the gateway asked Docker's DNS while all of it was measured, on so many connections at a time. */
  dns: { queries: number; seconds: number; connections: number };
}

/** Two tables: what each way does, and what edge and gateway cost beside the others. */
export function dataPathTable({ ways, costs, dns }: DataPathResult): string {
  const figures = markdown([
    ["requests", "way", "median", "p99", "CPU of HAProxy", "of the application", "at most"],
    ...ways.map(({ kind, way, moderate, full }) => [
      kind,
      way,
      `${moderate.median.toFixed(2)} ms`,
      `${moderate.p99.toFixed(1)} ms`,
      `${moderate.proxies} µs`,
      `${moderate.application} µs`,
      `${full.rate} / s`,
    ]),
  ]);
  const beside = markdown([
    ["requests", "edge and gateway beside", "median", "CPU of HAProxy", "CPU of the path", "at most"],
    ...costs.map(({ kind, beside, added, proxies, path, rate }) => [
      kind,
      beside,
      `${added < 0 ? "" : "+"}${added.toFixed(2)} ms`,
      `x ${proxies.toFixed(2)}`,
      `x ${path.toFixed(2)}`,
      `x ${rate.toFixed(2)}`,
    ]),
  ]);
  const asked = `${dns.queries} DNS queries in ${dns.seconds} s, on up to ${dns.connections} connections`;
  return `${figures}\n\n${beside}\n\nThe gateway sent ${asked}.`;
}
