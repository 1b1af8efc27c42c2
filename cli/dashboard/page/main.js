import { html, nothing, render } from "lit-html";
import { charts, span } from "./charts.js";
import { drawFlow } from "./flow.js";
import { hosts } from "./hosts.js";
import { announcement, rolloutPanel } from "./rollout.js";
import { clock, count, isUnderWay, tagOf } from "./words.js";

/**
 * @typedef {import("./words.js").Snapshot} Snapshot
 * @typedef {import("../snapshot.ts").TrafficPoint} Point
 */

/** After how long without news the page says that what it shows is old, in milliseconds. */
const staleAfter = 12_000;
const kept = 10 * 60_000;

const header = /** @type {HTMLElement} */ (document.querySelector("#header"));
const main = /** @type {HTMLElement} */ (document.querySelector("#main"));
const announced = /** @type {HTMLElement} */ (document.querySelector("#announcement"));

/** @type {Snapshot | undefined} */
let snapshot;
/** @type {Record<string, Point[]>} */
let history = {};
let heardAt = 0;
let connected = false;
/** Which moment is looked at, by its time; `null` for the latest. @type {number | null} */
let looking = null;

const events = new EventSource("/events");
events.addEventListener("open", () => {
  connected = true;
  draw();
});
events.addEventListener("error", () => {
  connected = false;
  draw();
});
events.addEventListener("history", ({ data }) => {
  history = JSON.parse(data);
});
events.addEventListener("snapshot", ({ data }) => {
  const next = /** @type {Snapshot} */ (JSON.parse(data));
  snapshot = next;
  connected = true;
  heardAt = Date.now();
  for (const [service, point] of Object.entries(next.traffic)) {
    const points = (history[service] ??= []);
    if ((points.at(-1)?.at ?? 0) < point.at) points.push(point);
    while (points[0] && points[0].at < point.at - kept) points.shift();
  }
  draw();
});
addEventListener("hashchange", draw);
new ResizeObserver(draw).observe(main);
setInterval(draw, 2_000);

function draw() {
  const stale = !connected || Date.now() - heardAt > staleAfter;
  document.body.classList.toggle("stale", stale);
  if (!snapshot) return;
  main.querySelector(".waiting")?.remove();
  const { status, at, rollouts, problem } = snapshot;
  document.title = `${status.differences.length > 0 ? `(${status.differences.length}) ` : ""}${status.project}/${status.stack} · Handover`;
  render(
    html`
      <h1>
        <img class="logo" src="icon.svg" alt="" />
        <span class="project">${status.project}</span><span class="slash">/</span>${status.stack}
      </h1>
      <p class="live">
        <span class="dot" aria-hidden="true"></span>
        ${stale ? `no news since ${clock(at)}: is handover dashboard still running?` : `live, ${clock(at)}`}
      </p>
    `,
    header,
  );
  render(
    html`
      ${problem ? html`<p class="trouble" role="alert">What the stack wants could not be read again: ${problem}</p>` : nothing}
      ${verdict(snapshot)}
      ${Object.values(rollouts).map((rollout) => rolloutPanel(/** @type {Snapshot} */ (snapshot), rollout))}
      ${differences(snapshot)} ${hosts(snapshot)} ${chartsOf(snapshot)}
    `,
    main,
  );
  const ground = /** @type {HTMLElement | null} */ (main.querySelector(".ground"));
  if (ground) drawFlow(ground, snapshot);
  const words = [announcement(snapshot), headline(snapshot)].filter(Boolean).join(". ");
  if (announced.textContent !== words) announced.textContent = words;
}

/** Whether all is well, in a sentence. @param {Snapshot} snapshot */
function headline({ status, rollouts }) {
  const { differences } = status;
  if (differences.length > 0) return `${count(differences.length, "difference")} from what the stack wants`;
  if (Object.values(rollouts).some(isUnderWay)) return "An update is under way";
  return status.services.length > 0 ? "Everything is as the stack wants it" : "The stack has no services yet";
}

/** @param {Snapshot} snapshot */
function verdict(snapshot) {
  const { status, rollouts } = snapshot;
  const kind =
    status.differences.length > 0 ? "bad" : Object.values(rollouts).some(isUnderWay) ? "busy" : "good";
  const mark = { good: "✓", busy: "…", bad: "✗" }[kind];
  return html`
    <section class="verdict ${kind}" aria-label="Overview">
      <p class="headline"><span class="mark" aria-hidden="true">${mark}</span> ${headline(snapshot)}</p>
      <ul class="services" aria-label="Services">
        ${status.services.map((service) => serviceItem(snapshot, service))}
      </ul>
    </section>
  `;
}

/**
 * What serves, and from how many replicas. While an update is under way that may be the old version, the new, or both.
 * @param {Snapshot} snapshot
 * @param {import("../../status.ts").ServiceStatus} service
 */
function serviceItem({ status, rollouts }, { name, wanted, healthy }) {
  const serving = status.replicas.filter(
    ({ service, edges }) =>
      service === name &&
      edges.length > 0 &&
      edges.every(({ state, health }) => state === "ready" && health !== "down"),
  );
  const tags = new Set(serving.map(({ image }) => tagOf(image)));
  const underWay = isUnderWay(rollouts[name]);
  const unhealthy = healthy < wanted && !underWay ? `, ${healthy} healthy` : "";
  return html`
    <li class=${serving.length >= wanted ? "" : "bad"}>
      <strong>${name}</strong> ${[...tags].join(" and ")}
      <span class="quiet">${serving.length} of ${wanted} serving${unhealthy}</span>
    </li>
  `;
}

/** What differs, and what mends it. @param {Snapshot} snapshot */
function differences({ status }) {
  if (status.differences.length === 0) return nothing;
  const matters = Object.values(
    Object.groupBy(status.differences, ({ mend, problem }) => `${mend}\n${problem}`),
  );
  return html`
    <section class="differences" aria-labelledby="differences-title">
      <h2 id="differences-title">What differs, and what mends it</h2>
      <ul>
        ${matters.map((alike = []) => {
          const mend = alike[0]?.mend ?? "";
          return html`
            <li>
              <p><strong>${alike.map(({ subject }) => subject).join(", ")}</strong> ${alike[0]?.problem}</p>
              <p class="mend">
                <code>${mend}</code>
                <button
                  @click=${(/** @type {Event} */ event) => copy(mend, event)}
                  aria-label="Copy the command: ${mend}"
                >
                  copy
                </button>
              </p>
            </li>
          `;
        })}
      </ul>
    </section>
  `;
}

/** @param {string} text @param {Event} event */
async function copy(text, event) {
  const button = /** @type {HTMLElement} */ (event.currentTarget);
  await navigator.clipboard.writeText(text);
  announced.textContent = "copied";
  button.classList.add("copied");
  setTimeout(() => button.classList.remove("copied"), 1_500);
}

/** @param {Snapshot} snapshot */
function chartsOf(snapshot) {
  const services = snapshot.status.services.map(({ name }) => name);
  const asked = decodeURIComponent(location.hash.slice(1));
  const service = services.includes(asked) ? asked : services[0];
  if (service === undefined) return nothing;
  const points = (history[service] ?? []).filter(({ at }) => at >= snapshot.at - span);
  const index = looking === null ? -1 : points.findIndex(({ at }) => at === looking);
  return charts(
    { snapshot, service, points, width: chartWidth(), looking: index === -1 ? null : index },
    {
      look(chosen) {
        looking = chosen === null ? null : (points[chosen]?.at ?? null);
        draw();
      },
      choose(name) {
        location.hash = encodeURIComponent(name);
      },
    },
  );
}

/** A chart is as wide as its column: see style.css. */
function chartWidth() {
  const row = main.querySelector(".charts .row");
  const room = row?.clientWidth ?? main.clientWidth - 40;
  const columns = room >= 900 ? 3 : room >= 620 ? 2 : 1;
  return Math.floor((room - (columns - 1) * 20) / columns);
}
