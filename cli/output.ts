import { styleText } from "node:util";

/** Lines for a person, on standard output. */
export function print(...lines: string[]): void {
  process.stdout.write(lines.map((line) => `${line}\n`).join(""));
}

/** Lines for a person that are not the answer: what is being done, and what went wrong. */
export function say(...lines: string[]): void {
  process.stderr.write(lines.map((line) => `${line}\n`).join(""));
}

/** The answer for a script. */
export function printJson(value: unknown): void {
  print(JSON.stringify(value, null, 2));
}

/** Colours for standard error. */
export function paintError(style: Parameters<typeof styleText>[0], text: string): string {
  return styleText(style, text, { stream: process.stderr });
}
