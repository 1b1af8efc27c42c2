import { readFileSync } from "node:fs";
import path from "node:path";
import { parse } from "yaml";
import { keys } from "./keys.ts";
import type { KeyPath, Problem } from "./problems.ts";
import { suggestion } from "./suggestion.ts";

/**
 * The file that has what all stacks of a project share, in the form of a stack's own file, next to them. What a stack's
 * file says goes over it: mappings are merged key by key, anything else takes the place of what is here, and an empty
 * value (`null`) takes it out. That is a JSON merge patch (RFC 7396).
 */
export const baseFile = "Pulumi.base.yaml";

/** What the base file says, by keys without the project's name, and what is wrong with it. */
export interface Base {
  values: Record<string, unknown>;
  problems: Problem[];
}

/** @returns nothing where there is no base file */
export function readBase(folder: string, project: string): Base | undefined {
  let text: string;
  try {
    text = readFileSync(path.join(folder, baseFile), "utf8");
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === "ENOENT") return undefined;
    throw error;
  }
  const problem = (path: KeyPath, message: string) => ({ path, message: `${message}${inBase}` });
  let file: unknown;
  try {
    file = parse(text) ?? {};
  } catch (error) {
    const [first = ""] = String((error as Error).message).split("\n");
    return { values: {}, problems: [problem([], `is not YAML: ${first}`)] };
  }
  const { config = {}, ...rest } = isMapping(file) ? file : { config: file };
  if (!isMapping(config)) return { values: {}, problems: [problem(["config"], "must be a mapping")] };
  const problems = Object.keys(rest).map((key) =>
    problem([key], "only config can be shared; the rest belongs into each stack's file"),
  );
  const values: Record<string, unknown> = {};
  for (const [key, value] of Object.entries(config)) {
    const own = key.startsWith(`${project}:`) ? key.slice(project.length + 1) : undefined;
    if (own === undefined || !(keys as readonly string[]).includes(own)) {
      const known = keys.map((each) => `${project}:${each}`);
      problems.push(problem([key], `cannot be shared; ${suggestion(key, known)}`));
    } else if (hasSecret(value)) {
      problems.push(
        problem([own], "has a secret inside; set it in each stack, which encrypts it with its own key"),
      );
    } else values[own] = value;
  }
  return { values, problems };
}

/** What an error says of a value that stands in the base file. */
export const inBase = ` (in ${baseFile})`;

/** What a key has for a stack: its own value over the base's; as it is where there is no base file. */
export function withBase(own: unknown, base: Base | undefined, key: string): unknown {
  return base ? overBase(own, base.values[key]) : own;
}

/** A stack's own value over the base's. */
export function overBase(own: unknown, base: unknown): unknown {
  if (own === undefined) return base;
  if (!isMapping(own)) return own;
  const merged = new Map(Object.entries(isMapping(base) ? base : {}));
  for (const [key, value] of Object.entries(own)) {
    if (value === null) merged.delete(key);
    else merged.set(key, overBase(value, merged.get(key)));
  }
  return Object.fromEntries(merged);
}

function isMapping(value: unknown): value is Record<string, unknown> {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}

/** As Pulumi writes one: `secure: v1:…`, alone. */
function hasSecret(value: unknown): boolean {
  if (typeof value !== "object" || value === null) return false;
  const inside = Object.entries(value);
  if (inside.length === 1 && inside[0]?.[0] === "secure" && typeof inside[0][1] === "string") return true;
  return inside.some(([, each]) => hasSecret(each));
}
