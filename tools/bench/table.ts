import type { Latency, Measurement } from "./measurement.ts";

const columns: [heading: string, value: (measurement: Measurement) => string][] = [
  ["", ({ name }) => name],
  ["last old ended", ({ lastOldEnded }) => `${lastOldEnded.toFixed(1)} s`],
  ["command returned", ({ commandReturned }) => `${commandReturned.toFixed(1)} s`],
  ["first new answer", ({ firstNewAnswer }) => `${firstNewAnswer.toFixed(1)} s`],
  ["last old answer", ({ lastOldAnswer }) => `${lastOldAnswer.toFixed(1)} s`],
  ["both versions", ({ bothVersions }) => `${bothVersions} ms`],
  ["requests", ({ requests }) => String(requests)],
  ["failed", ({ failed }) => String(failed)],
  ["longest gap", ({ longestGap }) => `${longestGap} ms`],
  ["p50/p99/max at rest", ({ atRest }) => latency(atRest)],
  ["during", ({ during }) => latency(during)],
];

const latency = ({ p50, p99, max }: Latency) => `${p50}/${p99}/${max} ms`;

/** The measurements as a table, one a line, for a terminal or Markdown. */
export function table(measurements: Measurement[]): string {
  return markdown([
    columns.map(([heading]) => heading),
    ...measurements.map((one) => columns.map(([, value]) => value(one))),
  ]);
}

/** Rows, the first of them the heading, as a table in Markdown. */
export function markdown(rows: string[][]): string {
  const [heading = []] = rows;
  const widths = heading.map((_, column) => Math.max(...rows.map((row) => row[column]?.length ?? 0)));
  const lines = rows.map((row) => row.map((cell, column) => cell.padEnd(widths[column] ?? 0)).join(" | "));
  const rule = widths.map((width) => "-".repeat(width)).join(" | ");
  return [lines[0], rule, ...lines.slice(1)].map((line) => `| ${line} |`).join("\n");
}
