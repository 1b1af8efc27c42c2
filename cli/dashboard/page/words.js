/**
 * @typedef {import("../snapshot.ts").Snapshot} Snapshot
 * @typedef {import("../snapshot.ts").RolloutView} RolloutView
 * @typedef {import("../snapshot.ts").Version} Version
 * @typedef {import("../../status.ts").ReplicaStatus} ReplicaStatus
 */

/** How many colours there are for versions: see style.css. */
const colours = 6;

/** @param {number | undefined} version */
export const colourOf = (version) => `v${(version ?? 0) % colours}`;

/**
 * An image's tag, or what tells it from others where that is none.
 * @param {string} image
 */
export function tagOf(image) {
  const digest = image.indexOf("@");
  const name = digest === -1 ? image : image.slice(0, digest);
  const tag = /:([^/:]+)$/.exec(name)?.[1];
  return (
    tag ??
    (digest === -1
      ? "latest"
      : image
          .slice(digest + 1)
          .replace(/^sha256:/, "")
          .slice(0, 8))
  );
}

/**
 * A version's short name: its tag, with its revision where others have that tag too.
 * @param {Version[]} versions
 * @param {number} number
 */
export function versionName(versions, number) {
  const version = versions[number];
  if (!version) return "?";
  const tag = tagOf(version.image);
  const alike = versions.filter(({ image }) => tagOf(image) === tag).length > 1;
  return alike ? `${tag} · ${version.revision.slice(0, 4)}` : tag;
}

/**
 * @param {Snapshot} snapshot
 * @param {ReplicaStatus} replica
 */
export function versionOf({ versions }, { service, image, revision }) {
  return (versions[service] ?? []).findIndex((each) => each.image === image && each.revision === revision);
}

/** @param {number} perSecond */
export function rate(perSecond) {
  return perSecond >= 99.5 ? perSecond.toFixed(0) : perSecond >= 0.05 ? perSecond.toFixed(1) : "0";
}

/** @param {number} milliseconds */
export function time(milliseconds) {
  if (milliseconds < 1_000) return `${Math.round(milliseconds)} ms`;
  const seconds = milliseconds / 1000;
  if (seconds < 60) return `${seconds.toFixed(1)} s`;
  return seconds < 3_600
    ? `${Math.floor(seconds / 60)} min ${Math.round(seconds % 60)} s`
    : `${Math.floor(seconds / 3_600)} h ${Math.round((seconds % 3_600) / 60)} min`;
}

/** @param {number} at */
export function clock(at) {
  return new Date(at).toLocaleTimeString("en-GB");
}

/** @param {number} number @param {string} noun */
export const count = (number, noun) => `${number.toLocaleString("en")} ${noun}${number === 1 ? "" : "s"}`;

/**
 * What a replica is doing, in a word or two, and whether that is well.
 * @param {ReplicaStatus} replica
 * @param {RolloutView | undefined} rollout
 * @returns {{ kind: "good" | "busy" | "bad" | "quiet", word: string }}
 */
export function doing(replica, rollout) {
  const { status, edges } = replica;
  if (status === "unknown") return { kind: "bad", word: "no answer" };
  if (status === "missing") return { kind: "bad", word: "is not there" };
  const underWay = isUnderWay(rollout);
  const isNew = rollout?.entering.includes(replica.container);
  if (status !== "running")
    return replica.role === "wanted" && !underWay
      ? { kind: "bad", word: status }
      : { kind: "quiet", word: status };
  if (edges.some(({ health, state }) => health === "down" && state !== "maint"))
    return { kind: "bad", word: "fails its checks" };
  if (edges.length > 0 && edges.every(({ state }) => state === "ready"))
    return edges.every(({ health }) => health === "up")
      ? { kind: "good", word: "serving" }
      : { kind: "busy", word: "serving, checked" };
  if (edges.some(({ state }) => state === "ready")) return { kind: "busy", word: "serving in part" };
  if (underWay && isNew) {
    if (edges.length > 0 && edges.every(({ health }) => health === "up"))
      return { kind: "busy", word: "healthy, waits" };
    return { kind: "busy", word: "starting" };
  }
  const sessions = edges.reduce((sum, each) => sum + each.sessions, 0);
  if (sessions > 0) return { kind: "busy", word: `finishing ${sessions}` };
  if (underWay) return { kind: "quiet", word: "done" };
  return replica.role === "wanted"
    ? { kind: "bad", word: "gets no traffic" }
    : { kind: "quiet", word: "no traffic" };
}

/** The steps of a release in their order, and what they are called where there is room for a word. */
export const steps = /** @type {const} */ ([
  ["create", "create", "The engine makes the new containers next to the old ones."],
  [
    "stage",
    "stage",
    "The new containers start, and the edges learn of them: they are checked, and get no traffic.",
  ],
  ["healthy", "healthy", "Waits until every new replica passes its checks on every edge."],
  ["shift", "shift", "In one step the new replicas get the traffic, and the old ones no more."],
  ["verify", "verify", "The right containers run the right revision, and no old one gets another request."],
  ["bake", "bake", "The new replicas are judged by their users' requests."],
  ["commit", "commit", "The new replicas become what a restart of the edge begins with."],
  ["drain", "drain", "The old replicas finish the requests that they have."],
  ["clean", "clean", "The old replicas leave the edges."],
  ["delete", "delete", "The engine removes the old containers."],
]);

/**
 * A rollout in a sentence.
 * @param {RolloutView} rollout
 * @param {number} now
 */
export function sentence({ service, state, phase, image, since, healthy, wanted, draining, deadline }, now) {
  const what = image ? tagOf(image) : "the release";
  const ago = `${time(Math.max(0, now - since))} ago`;
  switch (state) {
    case "creating":
      return `${service}: containers of ${what} are being made`;
    case "running":
      switch (phase) {
        case null:
          return `${service}: a rollout begins`;
        case "declare":
        case "stage":
          return `${service}: ${what} is made known to the edges`;
        case "healthy": {
          const left = deadline === null ? "" : `, ${time(Math.max(0, deadline - now))} left`;
          return `${service}: ${healthy} of ${wanted} new replicas are healthy${left}`;
        }
        case "shift":
        case "verify":
          return `${service}: the traffic moves to ${what}`;
        case "bake":
          return `${service}: ${what} has the traffic and is being judged by it`;
        case "commit":
        case "drain":
          return `${service}: ${what} serves; the old replicas finish ${count(draining, "request")}`;
        case "clean":
          return `${service}: ${what} serves; the old replicas leave the edges`;
        default:
          return `${service}: ${what} did not prove itself; the traffic goes back`;
      }
    case "deleting":
      return `${service}: ${what} serves; the old containers are removed`;
    case "interrupted":
      return `${service}: the rollout of ${what} was killed while in the step ${phase}; run the update again`;
    case "moved":
      return `${service}: ${what} was released ${ago}`;
    case "unchanged":
      return `${service}: nothing had to move, ${ago}`;
    case "failed":
      return `${service}: the release of ${what} failed ${ago}; what served before serves on`;
    case "unfinished":
      return `${service}: ${what} serves; the update failed after that, ${ago}`;
  }
}

/** @param {RolloutView | undefined} rollout */
export const isUnderWay = (rollout) =>
  rollout !== undefined && ["creating", "running", "deleting"].includes(rollout.state);
