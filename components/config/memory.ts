import type { MemorySize } from "../types.ts";

export const memoryAllowed = "a number with its unit, m (MiB) or g (GiB), of at least 6m, such as 256m or 2g";

/** Docker refuses less. */
const least = 6;

export function isMemorySize(text: string): boolean {
  const value = parse(text);
  return value !== undefined && value >= least;
}

/**
 * `mebibytes("1g")` is 1024. Whole mebibytes: `"1.5g"` is 1536.
 * @throws Error when the text is not an amount of memory
 */
export function mebibytes(memory: MemorySize): number {
  const value = parse(memory);
  if (value === undefined) throw new Error(`"${memory}" is not an amount of memory: ${memoryAllowed}`);
  return value;
}

function parse(text: string): number | undefined {
  const match = /^(\d{1,7}(?:\.\d{1,3})?)([mg])$/.exec(text);
  return match ? Math.round(Number(match[1]) * (match[2] === "g" ? 1024 : 1)) : undefined;
}
