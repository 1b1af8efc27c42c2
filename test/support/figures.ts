import type { Summary } from "./load.ts";

/** Prints a measured figure where the one who runs the tests sees it. */
export function figure(what: string, values: Record<string, string | number>): void {
  const text = Object.entries(values).map(([name, value]) => `${name} ${value}`);
  process.stdout.write(`  figures | ${what}: ${text.join(", ")}\n`);
}

export function requestFigures({
  sent,
  failed,
  longestGap,
  slowest,
}: Summary): Record<string, string | number> {
  return {
    requests: sent,
    failed,
    "longest gap": `${Math.round(longestGap)} ms`,
    "slowest answer": `${Math.round(slowest)} ms`,
  };
}

export function seconds(milliseconds: number): string {
  return `${(milliseconds / 1000).toFixed(1)} s`;
}
