import { scale, ticks } from "../../../cli/dashboard/page/plot.js";
import { escaped, short, style, text } from "../../../cli/picture/svg.ts";
import type { Lane, Span } from "./spans.ts";

const width = 960;
const left = 24;
const right = 26;
const top = 66;

const laneWords: Record<Lane, string> = {
  start: "Before the first resource",
  same: "Unchanged, and looked at all the same",
  make: "Created or changed",
  rollout: "The rollout",
  steps: "Its steps",
  remove: "Removed",
  end: "After the last resource",
};

const colours: Record<Lane, string> = {
  start: "engine",
  same: "engine",
  make: "new",
  rollout: "wait",
  steps: "after",
  remove: "old",
  end: "engine",
};

/** Where the time of a `pulumi up` went, as a picture: what goes on at the same time lies on top of each other. */
export function drawTrace(title: string, spans: Span[]): string {
  const from = Math.min(...spans.map((span) => span.from));
  const to = Math.max(...spans.map((span) => span.to));
  const x = scale([from, to], [left, width - right]);
  let y = top;
  const shapes: string[] = [];
  for (const lane of Object.keys(laneWords) as Lane[]) {
    const rows = inRows(spans.filter((span) => span.lane === lane));
    if (rows.length === 0) continue;
    const height = rows.length <= 2 ? 14 : rows.length <= 40 ? 5 : 2;
    shapes.push(
      text("name", left, y + 12, laneWords[lane]),
      text("tick", left + 300, y + 12, inWords(rows.flat())),
    );
    y += 20;
    for (const row of rows) {
      for (const span of row) shapes.push(bar(span, { y, height, x }));
      y += height + 1;
    }
    y += 10;
  }
  const step = ticks((to - from) / 1000, 10)[1] ?? 1;
  const seconds = Array.from(
    { length: Math.floor((to - from) / 1000 / step) + 1 },
    (_, index) => index * step,
  );
  return [
    `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 ${width} ${y + 26}" role="img" aria-labelledby="title">`,
    `<title id="title">${escaped(title)}</title>`,
    `<style>${style}\n</style>`,
    `<rect class="card" x="0.5" y="0.5" width="${width - 1}" height="${y + 25}" rx="12" />`,
    text("title", left, 34, title),
    ...seconds.map((second) => {
      const at = short(x(from + second * 1000));
      return (
        `<line class="grid" x1="${at}" x2="${at}" y1="${top - 10}" y2="${y}" />` +
        `<text class="tick" x="${at}" y="${y + 14}" text-anchor="middle">${Number(second.toPrecision(6))} s</text>`
      );
    }),
    ...shapes,
    "</svg>",
    "",
  ].join("\n");
}

/** The fewest rows in which no two overlap. */
export function inRows(spans: Span[]): Span[][] {
  const rows: Span[][] = [];
  for (const span of spans.toSorted((a, b) => a.from - b.from)) {
    const row = rows.find((each) => (each.at(-1)?.to ?? -Infinity) <= span.from);
    if (row) row.push(span);
    else rows.push([span]);
  }
  return rows;
}

/** `12 in 3.4 s`: from the beginning of the first to the end of the last. */
function inWords(spans: Span[]): string {
  const took = Math.max(...spans.map(({ to }) => to)) - Math.min(...spans.map(({ from }) => from));
  const what = spans.length === 1 ? (spans[0]?.name ?? "") : `${spans.length}`;
  return `${what}${spans.length === 1 ? ":" : " in"} ${(took / 1000).toFixed(1)} s`;
}

function bar(
  { lane, name, from, to }: Span,
  { y, height, x }: { y: number; height: number; x: (at: number) => number },
): string {
  const wide = Math.max(1, x(to) - x(from));
  const label =
    lane === "steps" && wide > 7 * name.length + 6
      ? `<text class="inside" x="${short(x(from) + wide / 2)}" y="${y + 11}" text-anchor="middle">${escaped(name)}</text>`
      : "";
  return (
    `<rect class="${colours[lane]}" x="${short(x(from))}" y="${y}" width="${short(wide)}" height="${height}">` +
    `<title>${escaped(`${name}: ${((to - from) / 1000).toFixed(2)} s`)}</title></rect>${label}`
  );
}
