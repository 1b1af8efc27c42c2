import { html, nothing } from "lit-html";
import { repeat } from "lit-html/directives/repeat.js";
import { colourOf, count, doing, rate, time, versionName, versionOf } from "./words.js";

/**
 * @typedef {import("./words.js").Snapshot} Snapshot
 * @typedef {import("./words.js").ReplicaStatus} ReplicaStatus
 * @typedef {import("../../status.ts").HostStatus} HostStatus
 */

const marks = { good: "✓", busy: "…", bad: "✗", quiet: "–" };

/**
 * The edges, and the hosts with the replicas in them; flow.js draws the traffic between.
 * @param {Snapshot} snapshot
 */
export function hosts(snapshot) {
  const { status, traffic } = snapshot;
  const total = Object.values(traffic).reduce((sum, { requests }) => sum + requests, 0);
  return html`
    <section class="map" aria-labelledby="map-title">
      <h2 id="map-title">Where the traffic goes</h2>
      <div class="ground">
        <svg class="flow" aria-hidden="true"></svg>
        <ul class="edges" aria-label="Edges">
          ${status.edges.map(
            (edge) => html`
              <li class="edge ${edge.reachable ? "" : "bad"}">
                <strong>Edge on ${edge.host}</strong>
                <span
                  >${edge.reachable ? `HAProxy ${edge.version?.replace(/[-+].*/, "")}` : `does not answer: ${edge.problem}`}</span
                >
                ${
                  status.edges.length === 1 && edge.reachable
                    ? html`<span class="number">${rate(total)}<small> requests/s</small></span>`
                    : nothing
                }
              </li>
            `,
          )}
        </ul>
        <ul class="hosts" aria-label="Hosts">
          ${repeat(
            status.hosts,
            ({ name }) => name,
            (host) => hostBox(snapshot, host),
          )}
        </ul>
      </div>
      ${legend(snapshot)}
    </section>
  `;
}

/** @param {Snapshot} snapshot @param {HostStatus} host */
function hostBox(snapshot, host) {
  const replicas = snapshot.status.replicas.filter((replica) => replica.host === host.name);
  const lost = host.state === "lost";
  const kind = host.reachable ? (host.state === "drain" ? "draining" : "") : lost ? "lost" : "bad";
  return html`
    <li class="host ${kind}" data-host=${host.name}>
      <h3>
        <span>${host.name}</span>
        ${host.state === "active" ? nothing : html`<span class="tag">${host.state}</span>`}
        <small>${host.address}</small>
      </h3>
      ${host.reachable ? nothing : html`<p class="problem">✗ ${lost ? host.problem : `does not answer: ${host.problem}`}</p>`}
      <ul class="replicas" aria-label="Replicas on ${host.name}">
        ${repeat(
          replicas,
          ({ container }) => container,
          (replica) => replicaBox(snapshot, replica),
        )}
      </ul>
      ${replicas.length === 0 ? html`<p class="none">no replicas</p>` : nothing}
    </li>
  `;
}

/** @param {Snapshot} snapshot @param {ReplicaStatus} replica */
function replicaBox(snapshot, replica) {
  const version = versionOf(snapshot, replica);
  const { kind, word } = doing(replica, snapshot.rollouts[replica.service]);
  const { requests = 0, errors = 0 } = snapshot.rates[replica.container] ?? {};
  return html`
    <li class="replica ${colourOf(version)} ${kind}" data-container=${replica.container}>
      <details>
        <summary>
          <span class="name">${replica.name}</span>
          <span class="version">${versionName(snapshot.versions[replica.service] ?? [], version)}</span>
          <span class="state"><span aria-hidden="true">${marks[kind]}</span> ${word}</span>
          <span class="rate">${rate(requests)}<small>/s</small></span>
          ${errors >= 0.05 ? html`<span class="errors">${rate(errors)} errors/s</span>` : nothing}
        </summary>
        <dl>
          <dt>container</dt>
          <dd>${replica.container}</dd>
          <dt>image</dt>
          <dd>${replica.image}</dd>
          <dt>revision</dt>
          <dd>${replica.revision}</dd>
          <dt>state</dt>
          <dd>
            ${replica.status}${
              replica.since ? `, for ${time(snapshot.at - Date.parse(replica.since))}` : nothing
            }${replica.restarts > 0 ? `, ${count(replica.restarts, "restart")}` : nothing}
          </dd>
          ${replica.edges.map(
            (edge) => html`
              <dt>edge on ${edge.edge}</dt>
              <dd>
                ${edge.state}${edge.health ? `, ${edge.health}` : nothing}; last check:
                ${edge.lastCheck ?? "none"}; ${count(edge.sessions, "request")} in flight, ${edge.answerTime}
                ms on average
              </dd>
            `,
          )}
        </dl>
      </details>
    </li>
  `;
}

/** Which colour is which version. @param {Snapshot} snapshot */
function legend(snapshot) {
  const shown = new Map();
  for (const replica of snapshot.status.replicas) {
    const version = versionOf(snapshot, replica);
    const key = `${replica.service} ${version}`;
    const known = shown.get(key) ?? { service: replica.service, version, image: replica.image, replicas: 0 };
    known.replicas += 1;
    shown.set(key, known);
  }
  return html`
    <ul class="legend" aria-label="Versions">
      ${[...shown.values()].map(
        ({ service, version, image, replicas }) => html`
          <li class=${colourOf(version)}>
            <span class="swatch" aria-hidden="true"></span>
            ${service} <strong>${versionName(snapshot.versions[service] ?? [], version)}</strong>
            <span class="image">${image}</span> × ${replicas}
          </li>
        `,
      )}
    </ul>
  `;
}
