import { html, nothing, svg } from "lit-html";
import { areaPath, linePath, scale, stack, ticks } from "./plot.js";
import { clock, colourOf, rate, time, versionName } from "./words.js";

/**
 * @typedef {import("./words.js").Snapshot} Snapshot
 * @typedef {import("../snapshot.ts").TrafficPoint} Point
 */

/** How much of the past is shown, in milliseconds. */
export const span = 5 * 60_000;
const height = 150;
const margin = { left: 46, right: 6, top: 8, bottom: 20 };

/**
 * @typedef {object} View
 * @property {Snapshot} snapshot
 * @property {string} service
 * @property {Point[]} points of the last minutes, oldest first
 * @property {number} width of a chart, in pixels
 * @property {number | null} looking which point is looked at, `null` for the latest
 */

/**
 * A service's requests by version, failures and time to answer.
 * @param {View} view
 * @param {{ look(index: number | null): void, choose(service: string): void }} on
 */
export function charts(view, on) {
  const { snapshot, service, points, looking } = view;
  const services = snapshot.status.services.map(({ name }) => name);
  const index = looking ?? points.length - 1;
  const point = points[index];
  const versions = snapshot.versions[service] ?? [];
  const shown = [...versions.keys()].filter((number) =>
    points.some((each) => (each.versions[number] ?? 0) > 0),
  );
  const slowest = Math.max(0, ...points.map(({ latency }) => latency ?? 0));
  return html`
    <section class="charts" aria-labelledby="charts-title">
      <h2 id="charts-title">The last five minutes${services.length > 1 ? nothing : html` of ${service}`}</h2>
      ${
        services.length > 1
          ? html`<div class="choice" role="group" aria-label="Service">
              ${services.map(
                (name) =>
                  html`<button aria-pressed=${name === service} @click=${() => on.choose(name)}>
                    ${name}
                  </button>`,
              )}
            </div>`
          : nothing
      }
      <div class="row">
        ${figure(view, on, {
          title: "Requests",
          value: point ? `${rate(point.requests)}/s` : "–",
          detail: point
            ? shown.map(
                (number) =>
                  html`<span class=${colourOf(number)}
                    ><span class="swatch" aria-hidden="true"></span>${versionName(versions, number)}
                    ${rate(point.versions[number] ?? 0)}</span
                  >`,
              )
            : nothing,
          most: Math.max(1, ...points.map(({ requests }) => requests)),
          label: String,
          draw: (x, y) =>
            shown.map((number, order) => {
              const area = points.map((each) => {
                const { low, high } = stack(each.versions, shown)[order] ?? { low: 0, high: 0 };
                return { x: x(each.at), low: y(low), high: y(high) };
              });
              return svg`<path class="area ${colourOf(number)}" d=${areaPath(area)} />`;
            }),
        })}
        ${figure(view, on, {
          title: "Failures",
          value: point ? `${rate(point.failures)}/s` : "–",
          detail: html`<span>5xx answers, answers cut short</span>`,
          most: Math.max(1, ...points.map(({ failures }) => failures)),
          label: String,
          draw: (x, y) => {
            const area = points.map(({ at, failures }) => ({ x: x(at), low: y(0), high: y(failures) }));
            return [svg`<path class="area failures" d=${areaPath(area)} />`];
          },
        })}
        ${figure(view, on, {
          title: "Time to answer",
          value: point?.latency === null || !point ? "–" : time(point.latency),
          detail: html`<span>average of the last requests</span>`,
          most: Math.max(5, slowest),
          label: (value) => (slowest >= 2_000 ? `${value / 1000} s` : `${value} ms`),
          draw: (x, y) => {
            const line = points.map(({ at, latency }) => ({
              x: x(at),
              y: latency === null ? null : y(latency),
            }));
            return [svg`<path class="line" d=${linePath(line)} />`];
          },
        })}
      </div>
      <label class="look">
        <span>Shown: ${point ? clock(point.at) : "–"}${looking === null ? ", now" : nothing}</span>
        <input
          type="range"
          min="0"
          max=${Math.max(0, points.length - 1)}
          .value=${String(Math.max(0, index))}
          aria-valuetext=${point ? spoken(point, versions) : "nothing yet"}
          @input=${(/** @type {Event} */ event) => {
            const chosen = Number(/** @type {HTMLInputElement} */ (event.target).value);
            on.look(chosen >= points.length - 1 ? null : chosen);
          }}
        />
      </label>
    </section>
  `;
}

/**
 * @typedef {object} Chart
 * @property {string} title
 * @property {string} value
 * @property {unknown} detail
 * @property {number} most
 * @property {(value: number) => string} label
 * @property {(x: (at: number) => number, y: (value: number) => number) => unknown[]} draw
 */

/**
 * @param {View} view
 * @param {{ look(index: number | null): void }} on
 * @param {Chart} chart
 */
function figure(
  { snapshot, service, points, width, looking },
  on,
  { title, value, detail, most, label, draw },
) {
  const marks = ticks(most, 3);
  const x = scale([snapshot.at - span, snapshot.at], [margin.left, width - margin.right]);
  const y = scale([0, marks.at(-1) ?? 1], [height - margin.bottom, margin.top]);
  const looked = looking === null ? undefined : points[looking];
  const rollout = snapshot.rollouts[service];
  const moved = rollout?.movedAt ?? 0;
  /** @param {PointerEvent} event */
  const look = (event) => {
    const box = /** @type {Element} */ (event.currentTarget).getBoundingClientRect();
    const at =
      snapshot.at -
      span +
      ((event.clientX - box.left - margin.left) / (width - margin.left - margin.right)) * span;
    const nearest = points.reduce(
      (best, each, index) => (Math.abs(each.at - at) < Math.abs((points[best]?.at ?? 0) - at) ? index : best),
      0,
    );
    on.look(points.length > 0 ? nearest : null);
  };
  return html`
    <figure>
      <figcaption>
        <span class="title">${title}</span> <strong>${value}</strong>
        <span class="detail">${detail}</span>
      </figcaption>
      <svg
        width=${width}
        height=${height}
        viewBox="0 0 ${width} ${height}"
        role="img"
        aria-label="${title} of ${service} over the last five minutes; now ${value}"
        @pointermove=${look}
        @pointerleave=${() => on.look(null)}
      >
        ${marks.map(
          (mark) => svg`
            <line class="grid" x1=${margin.left} x2=${width - margin.right} y1=${y(mark)} y2=${y(mark)} />
            <text class="tick" x=${margin.left - 5} y=${y(mark) + 4} text-anchor="end">${label(mark)}</text>`,
        )}
        ${[4, 3, 2, 1].map(
          (minutes) => svg`
            <text class="tick" x=${x(snapshot.at - minutes * 60_000)} y=${height - 5} text-anchor="middle">−${minutes} min</text>`,
        )}
        ${draw(x, y)}
        ${
          moved > snapshot.at - span
            ? svg`<line class="moved" x1=${x(moved)} x2=${x(moved)} y1=${margin.top} y2=${height - margin.bottom} />
              <text class="moved" x=${x(moved) - 4} y=${margin.top + 10} text-anchor=${x(moved) > 120 ? "end" : "start"}>traffic moved</text>`
            : nothing
        }
        ${looked ? svg`<line class="cursor" x1=${x(looked.at)} x2=${x(looked.at)} y1=${margin.top} y2=${height - margin.bottom} />` : nothing}
      </svg>
    </figure>
  `;
}

/**
 * @param {Point} point
 * @param {import("../snapshot.ts").Version[]} versions
 */
function spoken({ at, requests, failures, latency, versions: shares }, versions) {
  const parts = versions.flatMap((_, number) =>
    (shares[number] ?? 0) >= 0.05 ? [`${versionName(versions, number)} ${rate(shares[number] ?? 0)}`] : [],
  );
  return [
    clock(at),
    `${rate(requests)} requests per second${parts.length > 0 ? ` (${parts.join(", ")})` : ""}`,
    `${rate(failures)} failures per second`,
    latency === null ? "no answers" : `${Math.round(latency)} milliseconds to answer`,
  ].join("; ");
}
