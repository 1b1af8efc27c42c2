import { stripVTControlCharacters } from "node:util";
import { paint } from "./format.ts";

/** A line that a replica wrote. */
export interface LogLine {
  /** When Docker got it, in ISO 8601; empty when Docker did not say. */
  time: string;
  host: string;
  replica: string;
  container: string;
  stream: "stdout" | "stderr";
  line: string;
}

/** Reads a line of `docker logs --timestamps`. */
export function readLogLine(
  text: string,
  stream: LogLine["stream"],
  { name, replica, host }: { name: string; replica: string; host: string },
): LogLine {
  const [, time = "", line = text] = /^(\d{4}-\d\d-\d\dT[\d:.]+Z) ?(.*)$/s.exec(text) ?? [];
  return { time, host, replica, container: name, stream, line };
}

const colours = [
  "cyan",
  "green",
  "yellow",
  "magenta",
  "blue",
  "cyanBright",
  "greenBright",
  "magentaBright",
] as const;
const given = new Map<string, (typeof colours)[number]>();

/** The line behind the name of its container, in that one's colour. */
export function logText(
  { time, container, line }: LogLine,
  { width, timestamps }: { width: number; timestamps?: boolean },
): string {
  const colour = given.get(container) ?? colours[given.size % colours.length] ?? "cyan";
  given.set(container, colour);
  const text = process.stdout.isTTY ? line : stripVTControlCharacters(line);
  return `${paint(colour, `${container.padEnd(width)} |`)} ${timestamps ? `${time} ` : ""}${text}`;
}
