import { styleText } from "node:util";

type Style = Parameters<typeof styleText>[0];

/** Colours, where standard output is a terminal that has them and NO_COLOR is not set. */
export function paint(style: Style, text: string): string {
  return styleText(style, text, { stream: process.stdout });
}

/** How long ago, in the two largest units: `3 d 4 h`, `5 min 2 s`. */
export function ago(since: string | null, now: Date): string {
  return since === null ? "-" : duration((now.getTime() - Date.parse(since)) / 1000);
}

const units = [
  ["d", 86_400],
  ["h", 3_600],
  ["min", 60],
  ["s", 1],
] as const;

export function duration(seconds: number): string {
  let left = Math.max(0, Math.round(seconds));
  const first = units.findIndex(([, size]) => left >= size);
  if (first === -1) return "0 s";
  const parts = units.slice(first, first + 2).flatMap(([unit, size]) => {
    const number = Math.floor(left / size);
    left -= number * size;
    return number > 0 ? [`${number} ${unit}`] : [];
  });
  return parts.join(" ");
}

/** An amount of memory. */
export function bytes(number: number | null): string {
  if (number === null) return "-";
  const gigabytes = number / 2 ** 30;
  return gigabytes >= 1 ? `${gigabytes.toFixed(1)} GiB` : `${(number / 2 ** 20).toFixed(0)} MiB`;
}

/** A moment, in the time zone of the person who reads it: `2026-11-25 09:25:33`. */
export function moment(iso: string): string {
  const date = new Date(iso);
  const two = (number: number) => String(number).padStart(2, "0");
  const day = [date.getFullYear(), two(date.getMonth() + 1), two(date.getDate())].join("-");
  return `${day} ${[date.getHours(), date.getMinutes(), date.getSeconds()].map(two).join(":")}`;
}

/** For lines that belong together: `one`, `one and two`, `one, two and three`. */
export function list(words: string[]): string {
  return words.length < 2 ? words.join("") : `${words.slice(0, -1).join(", ")} and ${words.at(-1)}`;
}
