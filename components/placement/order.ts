import { createHash } from "node:crypto";

/**
 * The names in an order that is always the same for one service and differs between services (rendezvous hashing):
 * what comes or goes does not change the order of the others.
 */
export function inOrderFor(service: string, kind: "zone" | "host", names: string[]): string[] {
  return names
    .map((name) => ({ name, rank: rank(service, kind, name) }))
    .sort((a, b) => (a.rank < b.rank ? -1 : 1))
    .map(({ name }) => name);
}

function rank(...parts: string[]): string {
  return createHash("sha256").update(parts.join("\0")).digest("hex");
}
