import { isDeepStrictEqual } from "node:util";
import type { RolloutDocument, ServerDocument } from "../rollout/document.ts";
import { onHosts, perHost } from "../rollout/perHost.ts";
import { count } from "../rollout/report.ts";

/**
 * What an update will do to a service's traffic, in words: `web: 5 replicas, acme/web:1.4 -> 1.5, one step; hosts
 * unchanged`.
 * @param before what the last rollout was told; `undefined` for a service that is new
 */
export function changeInWords(before: RolloutDocument | undefined, after: RolloutDocument): string {
  const { service, servers } = after;
  if (!before) {
    const hosts = onHosts(perHost(servers));
    return `${service}: first deployment: ${count(servers.length, "replica")} of ${imageOf(after)} on ${hosts}`;
  }
  const what = [
    replicasInWords(before.servers.length, servers.length),
    imageInWords(imageOf(before), imageOf(after)),
    replacedInWords(before, after),
  ].filter(Boolean);
  return [
    `${service}: ${what.join(", ")}`,
    hostsInWords(before.servers, servers),
    ...settingsInWords(before, after),
  ].join("; ");
}

function replicasInWords(before: number, after: number): string {
  return before === after ? count(after, "replica") : `${before} -> ${count(after, "replica")}`;
}

function imageOf({ servers }: RolloutDocument): string {
  return servers[0]?.image ?? "nothing";
}

/** Of two versions of one image the second is told by what is different. */
function imageInWords(before: string, after: string): string {
  if (before === after) return shortDigest(after);
  const name = nameOf(before);
  const short = name === nameOf(after) && name.length < after.length;
  return `${shortDigest(before)} -> ${shortDigest(short ? after.slice(name.length + 1) : after)}`;
}

/** `registry.example.com:5000/acme/web` of `registry.example.com:5000/acme/web:1.4@sha256:...` */
function nameOf(image: string): string {
  return image.replace(/[:@][^/]*$/, "");
}

/** A digest is known by its beginning. */
function shortDigest(image: string): string {
  return image.replace(/(sha256:[0-9a-f]{12})[0-9a-f]{52}/, "$1");
}

/** The new ones take the traffic in one step, whatever their number. */
function replacedInWords(before: RolloutDocument, after: RolloutDocument): string {
  const earlier = new Map(before.servers.map(({ replica, container }) => [replica, container]));
  const staying = after.servers.filter(({ replica }) => earlier.has(replica));
  const replaced = staying.filter(({ replica, container }) => earlier.get(replica) !== container);
  if (replaced.length === 0) {
    return isDeepStrictEqual(before.servers, after.servers) ? "none replaced" : "";
  }
  const some =
    replaced.length < staying.length
      ? `${replaced.length} replaced on ${onHosts(perHost(replaced))}, `
      : imageOf(before) === imageOf(after)
        ? "all replaced, with other settings, "
        : "";
  return `${some}one step`;
}

function hostsInWords(before: ServerDocument[], after: ServerDocument[]): string {
  const [had, has] = [perHost(before), perHost(after)];
  const names = [...new Set([...had.keys(), ...has.keys()])].sort();
  const change = (host: string) => (has.get(host) ?? 0) - (had.get(host) ?? 0);
  const more = names.filter((host) => change(host) > 0);
  const fewer = names.filter((host) => change(host) < 0);
  if (more.length > 0 && fewer.length > 0) return `moves from ${fewer.join(", ")} to ${more.join(", ")}`;
  if (more.length > 0) return `more on ${more.join(", ")}`;
  if (fewer.length > 0) return `fewer on ${fewer.join(", ")}`;
  return "hosts unchanged";
}

function settingsInWords(before: RolloutDocument, after: RolloutDocument): string[] {
  const settings = ({ deadline, bake, drain, drainStreams, stopGrace }: RolloutDocument) => ({
    deadline,
    bake,
    drain,
    drainStreams,
    stopGrace,
  });
  const edges = (document: RolloutDocument) => document.edges.map(({ host }) => host);
  const changed: [string, unknown, unknown][] = [
    ["routes change", before.backend.routes, after.backend.routes],
    ["health check changes", before.backend.healthCheck, after.backend.healthCheck],
    ["rollout settings change", settings(before), settings(after)],
    [`edges: ${edges(before).join(", ")} -> ${edges(after).join(", ")}`, edges(before), edges(after)],
  ];
  const words = changed.filter(([, then, now]) => !isDeepStrictEqual(then, now)).map(([each]) => each);
  const sameEdges = isDeepStrictEqual(edges(before), edges(after));
  return sameEdges && !isDeepStrictEqual(before.edges, after.edges)
    ? [...words, "edges are replaced"]
    : words;
}
