import { describe, expect, it } from "vitest";
import { changeInWords } from "../../../components/replicaSet/changeWords.ts";
import type { RolloutDocument } from "../../../components/rollout/document.ts";

/** One server for each of these hosts, in containers of this generation. */
function document(
  image: string,
  hosts: string[],
  { generation = "1", ...change }: Partial<RolloutDocument> & { generation?: string } = {},
): RolloutDocument {
  const ordinal = new Map<string, number>();
  const servers = hosts.map((host) => {
    const number = (ordinal.get(host) ?? 0) + 1;
    ordinal.set(host, number);
    const replica = number > 1 ? `web-${host}-${number}` : `web-${host}`;
    return { replica, container: `${replica}-${generation}`, host, port: 8080, image, revision: "r" };
  });
  return {
    project: "shop",
    stack: "prod",
    service: "web",
    edges: [{ host: "h1", docker: "ssh://h1", container: "edge-h1-1" }],
    hosts: [],
    backend: { routes: [{ path: "/" }], healthCheck: { path: "/", interval: 2000, timeout: 2000 } },
    servers,
    deadline: 1,
    bake: { time: 1, minRequests: 1, maxErrorRate: 1, maxLatencyFactor: 1 },
    drain: 1,
    drainStreams: 1,
    stopGrace: 1,
    ...change,
  };
}

const three = ["h1", "h2", "h3"];
const now = document("acme/web:1.4", three);
const digest = (letter: string) => `sha256:${letter.repeat(64)}`;

describe("a preview says of", () => {
  it.each<[string, RolloutDocument | undefined, RolloutDocument, string]>([
    [
      "a first deployment",
      undefined,
      document("acme/web:1.4", [...three, "h1"]),
      "web: first deployment: 4 replicas of acme/web:1.4 on h1 (2), h2, h3",
    ],
    [
      "a release",
      now,
      document("acme/web:1.5", three, { generation: "2" }),
      "web: 3 replicas, acme/web:1.4 -> 1.5, one step; hosts unchanged",
    ],
    [
      "another image",
      now,
      document("registry.example.com:5000/web:1.5", three, { generation: "2" }),
      "web: 3 replicas, acme/web:1.4 -> registry.example.com:5000/web:1.5, one step; hosts unchanged",
    ],
    [
      "the same tag with another digest",
      document(`acme/web:1.4@${digest("a")}`, three),
      document(`acme/web:1.4@${digest("b")}`, three, { generation: "2" }),
      "web: 3 replicas, acme/web:1.4@sha256:aaaaaaaaaaaa -> 1.4@sha256:bbbbbbbbbbbb, one step; hosts unchanged",
    ],
    [
      "a changed variable",
      now,
      document("acme/web:1.4", three, { generation: "2" }),
      "web: 3 replicas, acme/web:1.4, all replaced, with other settings, one step; hosts unchanged",
    ],
    [
      "more replicas",
      now,
      document("acme/web:1.4", [...three, "h1", "h2"]),
      "web: 3 -> 5 replicas, acme/web:1.4; more on h1, h2",
    ],
    [
      "fewer replicas",
      now,
      document("acme/web:1.4", ["h1", "h2"]),
      "web: 3 -> 2 replicas, acme/web:1.4; fewer on h3",
    ],
    [
      "a host that is emptied",
      now,
      document("acme/web:1.4", ["h1", "h2", "h4"]),
      "web: 3 replicas, acme/web:1.4; moves from h3 to h4",
    ],
    [
      "a machine that was replaced",
      now,
      {
        ...now,
        servers: now.servers.map((each) => (each.host === "h3" ? { ...each, container: "x" } : each)),
      },
      "web: 3 replicas, acme/web:1.4, 1 replaced on h3, one step; hosts unchanged",
    ],
    [
      "other settings of the service",
      now,
      {
        ...now,
        deadline: 2,
        backend: { routes: [], healthCheck: { ...now.backend.healthCheck, interval: 1000 } },
      },
      "web: 3 replicas, acme/web:1.4, none replaced; hosts unchanged; routes change; health check changes; rollout settings change",
    ],
    [
      "one more edge",
      now,
      { ...now, edges: [...now.edges, { host: "h2", docker: "ssh://h2", container: "edge-h2-1" }] },
      "web: 3 replicas, acme/web:1.4, none replaced; hosts unchanged; edges: h1 -> h1, h2",
    ],
    [
      "an edge that is replaced",
      now,
      { ...now, edges: now.edges.map((edge) => ({ ...edge, container: "edge-h1-2" })) },
      "web: 3 replicas, acme/web:1.4, none replaced; hosts unchanged; edges are replaced",
    ],
  ])("%s", (_, before, after, words) => {
    expect(changeInWords(before, after)).toBe(words);
  });
});
