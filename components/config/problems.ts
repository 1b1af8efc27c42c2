import { RunError } from "@pulumi/pulumi";
import { safeParse, type z } from "zod";

export type KeyPath = readonly PropertyKey[];

/** One thing that is wrong with what was given. */
export interface Problem {
  path: KeyPath;
  message: string;
}

/** What was checked: what of it is sound, which is all of it when there are no problems, and what is wrong. */
export interface Checked<T> {
  sound: T;
  problems: Problem[];
}

/** What was given is not allowed. Names everything that is wrong, one line each, and what to do next. */
export class ConfigurationError extends RunError {
  readonly problems: readonly Problem[];

  /**
   * @param what where it was given: `Pulumi.dev.yaml (stack dev)`
   * @param next what to do about it
   */
  constructor(what: string, problems: readonly Problem[], next?: string) {
    const count = problems.length === 1 ? "1 error" : `${problems.length} errors`;
    super([`${what}: ${count}`, ...problems.map(line), ...(next ? [next] : [])].join("\n"));
    this.name = "ConfigurationError";
    this.problems = problems;
  }
}

/** Everything that a schema has to say about a value, in the words of the schema's fields. */
export function problemsOf(schema: z.ZodType, given: unknown, path: KeyPath = []): Problem[] {
  const { error } = schema.safeParse(given);
  return (error?.issues ?? []).map((issue) => ({
    path: [...path, ...issue.path],
    message: wording(issue, valueAt(given, issue.path), issue.path),
  }));
}

/** Checks a section. Where one of its fields is wrong the others can still be checked against the rest. */
export function check<Shape extends z.ZodRawShape>(
  schema: z.ZodObject<Shape>,
  given: unknown,
  path: KeyPath = [],
): Checked<Partial<z.output<z.ZodObject<Shape>>>> {
  const fields = Object.fromEntries(entries(given));
  const sound = Object.entries<z.core.$ZodType>(schema.shape).flatMap(([key, field]) => {
    const { success, data } = safeParse(field, fields[key]);
    return success ? [[key, data]] : [];
  });
  return {
    sound: Object.fromEntries(sound) as Partial<z.output<z.ZodObject<Shape>>>,
    problems: problemsOf(schema, given, path),
  };
}

/** The entries of a mapping; none of anything else, which is what its schema complains about. */
export function entries(given: unknown): [string, unknown][] {
  return typeof given === "object" && given !== null && !Array.isArray(given) ? Object.entries(given) : [];
}

/** @throws ConfigurationError when there are problems; without any, everything that was checked is sound */
export function refuse(what: string, problems: readonly Problem[]): void {
  if (problems.length > 0) {
    throw new ConfigurationError(what, problems, "Correct the arguments and run it again.");
  }
}

/** The path as `pulumi config set --path` takes it: `services.web.routes[0].path`. */
export function keyPath(path: KeyPath): string {
  return path.reduce<string>((before, key) => {
    if (typeof key === "number") return `${before}[${key}]`;
    const name = String(key);
    if (!/^[\w-]+$/.test(name)) return `${before}["${name}"]`;
    return before ? `${before}.${name}` : name;
  }, "");
}

function line({ path, message }: Problem): string {
  return `  ${keyPath(path)}${path.length > 0 ? ": " : ""}${message}`;
}

function wording(issue: z.core.$ZodIssue, value: unknown, path: KeyPath): string {
  if (issue.code === "invalid_key") return issue.issues[0]?.message ?? issue.message;
  if (!issue.message.startsWith("must be")) return issue.message;
  if (value === undefined) return `is missing; ${issue.message}`;
  const unquoted =
    issue.code === "invalid_type" && issue.expected === "number" && /^-?\d+$/.test(String(value));
  return `${issue.message}${unquoted ? " without quotes" : ""}, not ${described(value, path)}`;
}

/** What was given, short enough for a line. The values of environment variables are never shown. */
function described(value: unknown, path: KeyPath): string {
  if (value === null || value === "") return "empty";
  if (Array.isArray(value)) return "a list";
  if (typeof value === "object") return "a mapping";
  if (path.at(-2) === "env") return `this ${typeof value === "string" ? "text" : typeof value}`;
  const text = typeof value === "string" ? JSON.stringify(value) : String(value);
  return text.length > 60 ? `${text.slice(0, 57)}...` : text;
}

/** What stands at a path; `undefined` where there is nothing. */
export function valueAt(value: unknown, path: KeyPath): unknown {
  return path.reduce<unknown>(
    (inside, key) =>
      typeof inside === "object" && inside !== null && Object.hasOwn(inside, key)
        ? (inside as Record<PropertyKey, unknown>)[key]
        : undefined,
    value,
  );
}
