import { createHash } from "node:crypto";
import type { Input } from "@pulumi/pulumi";

/**
 * A short name for what a replica runs. Values that are outputs are left out, by name only: they may be secrets, and a
 * hash of a short secret gives it away.
 */
export function revisionOf(
  image: string,
  rest: { env: Record<string, Input<string>>; [setting: string]: unknown },
): string {
  const env = Object.entries(rest.env)
    .map(([name, value]) => [name, typeof value === "string" ? value : null])
    .sort(([a], [b]) => (String(a) < String(b) ? -1 : 1));
  return createHash("sha256")
    .update(JSON.stringify([image, { ...rest, env }]))
    .digest("hex")
    .slice(0, 8);
}
