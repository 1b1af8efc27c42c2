import { areaPath, linePath, scale, stack, ticks } from "../dashboard/page/plot.js";
import { count } from "../../components/rollout/report.ts";
import type { Band, Recording } from "./recording.ts";
import { escaped, short, style, text } from "./svg.ts";

const width = 960;
const left = 58;
const right = 26;
/** Top and bottom of each part, in pixels. */
const strip = { top: 78, bottom: 100 };
const answers = { top: 118, bottom: 290 };
const failures = { top: 322, bottom: 362 };
const times = { top: 396, bottom: 466 };
const axis = 486;
const words = 518;

/** Colours of the steps: what the engine does, waiting, the move, and what comes after it. */
const bandKinds: Record<Band["name"], "engine" | "wait" | "move" | "after" | "back"> = {
  create: "engine",
  declare: "wait",
  stage: "wait",
  healthy: "wait",
  shift: "move",
  verify: "after",
  bake: "after",
  commit: "after",
  drain: "after",
  clean: "after",
  delete: "engine",
  back: "back",
};

/** A release as a picture, an SVG that can be read on light and on dark ground. */
export function drawRelease(recording: Recording): string {
  const { title, from, to, versions, steps, bands, movedAt } = recording;
  const x = scale([from, to], [left, width - right]);
  const height = bands.length > 0 ? words + 46 : words - 6;
  const perSecond = (some: number, step: { from: number; to: number }) =>
    (some * 1000) / Math.max(1, step.to - step.from);
  const rates = steps.map((step) =>
    Object.fromEntries(Object.entries(step.answers).map(([name, some]) => [name, perSecond(some, step)])),
  );
  const most = Math.max(1, ...rates.map((each) => Object.values(each).reduce((sum, one) => sum + one, 0)));
  const failedMost = Math.max(1, ...steps.map((step) => perSecond(step.failures, step)));
  const slowest = Math.max(1, ...steps.flatMap(({ usual, slowest }) => [usual ?? 0, slowest ?? 0]));
  return [
    `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 ${width} ${height}" role="img" aria-labelledby="title what">`,
    `<title id="title">${escaped(title)}</title>`,
    `<desc id="what">${escaped(summary(recording))} ${escaped(inWords(bands))}</desc>`,
    `<style>${style}\n</style>`,
    `<rect class="card" x="0.5" y="0.5" width="${width - 1}" height="${height - 1}" rx="12" />`,
    text("title", left - 34, 32, title),
    text("", left - 34, 54, summary(recording)),
    ...bands.map((band) => bandShapes(band, x)),
    part("Answers per second", answers, ticks(most, 3), String),
    ...versions.map((_, order) => {
      const area = steps.flatMap((step, index) => {
        const { low, high } = stack(rates[index] ?? {}, versions)[order] ?? { low: 0, high: 0 };
        const y = levels(answers, ticks(most, 3));
        return [step.from, step.to].map((at) => ({ x: within(x(at)), low: y(low), high: y(high) }));
      });
      return `<path class="${colour(order)}" d="${areaPath(area)}" />`;
    }),
    legend(versions),
    part("Failures per second", failures, ticks(failedMost, 1), String),
    ...steps.flatMap((step) => {
      if (step.failures === 0) return [];
      const y = levels(failures, ticks(failedMost, 1))(perSecond(step.failures, step));
      const start = within(x(step.from));
      const wide = Math.max(1, within(x(step.to)) - start);
      return [
        `<rect class="failed" x="${short(start)}" y="${short(y)}" width="${short(wide)}" height="${short(failures.bottom - y)}" />`,
      ];
    }),
    recording.failed === 0 ? text("fine", left + 8, failures.bottom - 8, "none") : "",
    part(`Time to answer, ${recording.times}`, times, ticks(slowest, 2), (value) =>
      slowest >= 2_000 ? `${value / 1000} s` : `${value} ms`,
    ),
    ...(["slowest", "usual"] as const).map((kind) => {
      const y = levels(times, ticks(slowest, 2));
      const line = steps.map((step) => {
        const value = step[kind];
        return { x: within(x((step.from + step.to) / 2)), y: value === null ? null : y(value) };
      });
      return `<path class="${kind}" d="${linePath(line)}" />`;
    }),
    ...(movedAt === null
      ? []
      : [
          `<line class="moved" x1="${short(x(movedAt))}" x2="${short(x(movedAt))}" y1="${strip.bottom}" y2="${times.bottom}" />`,
          `<text class="name tick" x="${short(x(movedAt))}" y="${strip.top - 7}" text-anchor="middle">traffic moved</text>`,
        ]),
    ...secondsAxis(recording, x),
    ...bandWords(bands).map((line, index) => text("", left - 34, words + 18 * index, line)),
    "</svg>",
    "",
  ].join("\n");
}

type Part = { top: number; bottom: number };

function levels({ top, bottom }: Part, marks: number[]): (value: number) => number {
  return scale([0, marks.at(-1) ?? 1], [bottom, top]);
}

function part(name: string, place: Part, marks: number[], label: (value: number) => string): string {
  const y = levels(place, marks);
  return [
    ...marks.map(
      (mark) =>
        `<line class="grid" x1="${left}" x2="${width - right}" y1="${short(y(mark))}" y2="${short(y(mark))}" />` +
        `<text class="tick" x="${left - 6}" y="${short(y(mark) + 4)}" text-anchor="end">${label(mark)}</text>`,
    ),
    text("name", left, place.top - 9, name),
  ].join("\n");
}

/** A step's part of the strip, with its name where there is room, and its ground behind the charts. */
function bandShapes({ name, from, to }: Band, x: (at: number) => number): string {
  const start = within(x(from));
  const wide = Math.max(1, within(x(to)) - start);
  const middle = short(start + wide / 2);
  return [
    `<rect class="ground ${bandKinds[name]}" x="${short(start)}" y="${strip.bottom}" width="${short(wide)}" height="${times.bottom - strip.bottom}" />`,
    `<rect class="${bandKinds[name]}" x="${short(start)}" y="${strip.top}" width="${short(Math.max(1, wide - 1))}" height="${strip.bottom - strip.top}" rx="2" />`,
    wide > 7 * name.length + 6
      ? `<text class="inside" x="${middle}" y="${strip.bottom - 7}" text-anchor="middle">${name}</text>`
      : "",
  ].join("\n");
}

function legend(versions: string[]): string {
  let x = width - right;
  return versions
    .toReversed()
    .map((version, index) => {
      x -= 7.6 * version.length + 30;
      const order = versions.length - 1 - index;
      return (
        `<rect class="${colour(order)}" x="${short(x)}" y="${answers.top - 19}" width="11" height="11" rx="3" />` +
        text("name", x + 17, answers.top - 9, version)
      );
    })
    .join("\n");
}

function secondsAxis({ from, to, movedAt, commandedAt }: Recording, x: (at: number) => number): string[] {
  const zero = commandedAt ?? movedAt ?? from;
  const step = ticks((to - from) / 1000, 10)[1] ?? 1;
  const first = Math.ceil((from - zero) / 1000 / step);
  const last = Math.floor((to - zero) / 1000 / step);
  return Array.from({ length: last - first + 1 }, (_, index) => {
    const second = Number(((first + index) * step).toPrecision(6));
    const sign = second < 0 ? "−" : commandedAt === null && second > 0 ? "+" : "";
    const label = second === 0 && commandedAt !== null ? "command" : `${sign}${Math.abs(second)} s`;
    const kind = second === 0 ? "name" : "tick";
    return `<text class="${kind}" x="${short(x(zero + second * 1000))}" y="${axis}" text-anchor="middle">${label}</text>`;
  });
}

/** `1,923 requests, 0 failed; both versions took requests for 0 ms; as the load generator saw it` */
export function summary({ requests, failed, bothVersions, seenBy }: Recording): string {
  const both =
    bothVersions === null ? "" : `; both versions took requests for ${Math.round(bothVersions)} ms`;
  return `${requests === 0 ? "No requests came" : `${count(requests, "request")}, ${failed} failed`}${both}; ${seenBy}`;
}

function inWords(bands: Band[]): string {
  return bands.map(({ name, from, to }) => `${name} ${time(to - from)}`).join(" · ");
}

/** What each step took, on two lines where one is too short. */
function bandWords(bands: Band[]): string[] {
  const all = inWords(bands);
  if (all.length < 130) return [all];
  const cut = all.lastIndexOf(" · ", 130);
  return [all.slice(0, cut), all.slice(cut + 3)];
}

function time(milliseconds: number): string {
  return milliseconds < 100 ? `${Math.round(milliseconds)} ms` : `${(milliseconds / 1000).toFixed(1)} s`;
}

function colour(order: number): string {
  return ["old", "new"][order] ?? "more";
}

function within(pixels: number): number {
  return Math.min(width - right, Math.max(left, pixels));
}
