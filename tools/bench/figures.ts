import { quantile } from "../../cli/quantile.ts";

export function median(values: readonly number[]): number {
  return quantile(values, 0.5);
}

export function round(value: number, digits: number): number {
  return Number(value.toFixed(digits));
}
