import { html, nothing } from "lit-html";
import { colourOf, isUnderWay, sentence, steps, tagOf, time } from "./words.js";

/**
 * @typedef {import("./words.js").Snapshot} Snapshot
 * @typedef {import("./words.js").RolloutView} RolloutView
 */

/** How long one that is over is shown, in milliseconds. */
const shownFor = 10 * 60_000;

/**
 * A service's release as it happens, or how the last one ended.
 * @param {Snapshot} snapshot
 * @param {RolloutView} rollout
 */
export function rolloutPanel(snapshot, rollout) {
  if (!isUnderWay(rollout) && rollout.state !== "interrupted" && snapshot.at - rollout.since > shownFor)
    return nothing;
  const { service, state, wanted, healthy, share, draining, movedAt } = rollout;
  const versions = snapshot.versions[service] ?? [];
  const version = versions.findLastIndex(({ image }) => image === rollout.image);
  const ended = ["failed", "unfinished", "interrupted"].includes(state)
    ? "bad"
    : isUnderWay(rollout)
      ? "busy"
      : "good";
  const part = Math.round((share ?? 0) * 100);
  return html`
    <section
      class="rollout ${ended}"
      aria-labelledby="rollout-${service}"
      data-state=${state}
      data-phase=${rollout.phase}
    >
      <h2 id="rollout-${service}">
        Release of ${service}
        ${rollout.image ? html`<span class="version ${colourOf(version)}">${tagOf(rollout.image)}</span>` : nothing}
      </h2>
      <p class="sentence">${sentence(rollout, snapshot.at)}</p>
      <ol class="steps" aria-label="Steps">
        ${steps.map(([step, name, what]) => stepItem(rollout, step, name, what, snapshot.at))}
      </ol>
      <dl class="figures">
        <div>
          <dt>new replicas healthy</dt>
          <dd>${healthy} of ${wanted}</dd>
        </div>
        <div>
          <dt>requests in flight on old ones</dt>
          <dd>${draining}</dd>
        </div>
        <div>
          <dt>traffic moved</dt>
          <dd>${movedAt === null ? "not yet" : new Date(movedAt).toLocaleTimeString("en-GB")}</dd>
        </div>
        <div class="wide">
          <dt>share of the new version</dt>
          <dd>
            ${
              share === null
                ? "no requests"
                : html`<span class="share ${colourOf(version)}"
                    ><meter
                      aria-label="Share of the new version in percent"
                      min="0"
                      max="100"
                      .value=${part}
                    ></meter
                    >${part} %</span
                  >`
            }
          </dd>
        </div>
      </dl>
    </section>
  `;
}

/**
 * @param {RolloutView} rollout
 * @param {string} step
 * @param {string} name
 * @param {string} what
 * @param {number} now
 */
function stepItem({ state, phase, took, since }, step, name, what, now) {
  const at = position({ state, phase, took });
  const index = steps.findIndex(([each]) => each === step);
  const was = took[/** @type {import("../../../components/rollout/report.ts").Phase} */ (step)];
  const present = index === at;
  const past = index < at;
  const broken = present && ["interrupted", "failed", "unfinished"].includes(state);
  const kind = broken ? "broken" : present ? "present" : past ? "past" : "coming";
  const text =
    present && !broken ? time(Math.max(0, now - since)) : was !== undefined ? time(was) : past ? "done" : "";
  const spoken = {
    broken: "ended here",
    present: "now",
    past: text === "done" ? "" : "done",
    coming: "to come",
  }[kind];
  return html`
    <li class=${kind} aria-current=${present ? "step" : nothing} title=${what}>
      <span class="name">${name}</span>
      <span class="took">${text}</span>
      <span class="hidden">${spoken}</span>
    </li>
  `;
}

/** @param {Pick<RolloutView, "state" | "phase" | "took">} rollout */
function position({ state, phase, took }) {
  if (state === "creating") return 0;
  if (state === "deleting") return steps.length - 1;
  if (state === "moved" || state === "unchanged") return steps.length;
  // What goes back has come as far as the last step that took time.
  if (phase === "back") return steps.findLastIndex(([step]) => Object.hasOwn(took, step));
  return steps.findIndex(([step]) => step === (phase === null || phase === "declare" ? "stage" : phase));
}

/** Said aloud when it changes. @param {Snapshot} snapshot */
export function announcement(snapshot) {
  return Object.values(snapshot.rollouts)
    .filter(isUnderWay)
    .map((rollout) =>
      sentence({ ...rollout, deadline: null, draining: 0 }, snapshot.at).replace(
        / finish 0 requests/,
        " finish",
      ),
    )
    .join(". ");
}
