import { z } from "zod";
import { durationAllowed, isDuration } from "./duration.ts";
import { imagePattern } from "./image.ts";
import { isMemorySize, memoryAllowed } from "./memory.ts";
import { suggestion } from "./suggestion.ts";

/**
 * The kinds of values that a configuration is made of. Each says in its errors, in one way, what is allowed. Texts keep
 * to what means nothing special to HAProxy, to a shell or to Docker.
 */

/** Known keys and their values; any other key is an error that suggests the nearest known one. */
export function section<Shape extends z.ZodRawShape>(shape: Shape): z.ZodObject<Shape, z.core.$strip> {
  const names = Object.keys(shape);
  const unknownKey = z.custom(() => false, {
    error: (issue) => `unknown key; ${suggestion(String(issue.path?.at(-1)), names)}`,
  });
  // The type without this catch-all: no key but the known ones gets through.
  return z
    .object(shape, `must be a mapping with ${names.join(", ")}`)
    .catchall(unknownKey) as unknown as z.ZodObject<Shape, z.core.$strip>;
}

/** Names that the user chooses, and a value for each. */
export function named<Value extends z.ZodType>(
  name: z.ZodString,
  value: Value,
  what: string,
): z.ZodRecord<z.ZodString, Value> {
  return z.record(name, value, `must be a mapping of ${what}`);
}

export function list<Item extends z.ZodType>(item: Item, what: string): z.ZodArray<Item> {
  return z.array(item, `must be a list of ${what}`).nonempty(`must be a list of at least one of ${what}`);
}

function matching(pattern: RegExp, allowed: string): z.ZodString {
  return z.string(`must be ${allowed}`).regex(pattern, `must be ${allowed}`);
}

/** For names that become part of a container's name, and with it of a DNS label. */
export function shortName(longest: number): z.ZodString {
  const allowed = `lower-case letters, digits and single hyphens between them, beginning with a letter, at most ${longest} characters`;
  return z
    .string(`the name must be ${allowed}`)
    .regex(new RegExp(`^(?=.{1,${longest}}$)[a-z][a-z0-9]*(?:-[a-z0-9]+)*$`), `the name must be ${allowed}`);
}

export function wholeNumber(least: number, most: number): z.ZodNumber {
  const allowed = `must be a whole number from ${least} to ${most}`;
  return z
    .number(allowed)
    .refine((value) => Number.isInteger(value) && value >= least && value <= most, allowed);
}

export const port = wholeNumber(1, 65_535);

/** `pulumi config set --path` turns a whole number into a number, but leaves `0.5` a text. */
export const cpus = z.preprocess(
  (given) => (typeof given === "string" && /^\d+\.\d+$/.test(given) ? Number(given) : given),
  z
    .number("must be a number of processors from 0.01 to 1024, such as 0.5 or 2")
    .refine(
      (value) => value >= 0.01 && value <= 1024,
      "must be a number of processors from 0.01 to 1024, such as 0.5 or 2",
    ),
) as unknown as z.ZodType<number, number>;

export const duration = z
  .string(`must be ${durationAllowed}`)
  .refine(isDuration, `must be ${durationAllowed}`);

export const memory = z.string(`must be ${memoryAllowed}`).refine(isMemorySize, `must be ${memoryAllowed}`);

const octet = "(?:25[0-5]|2[0-4]\\d|1?\\d?\\d)";
export const ipv4 = matching(
  new RegExp(`^${octet}(?:\\.${octet}){3}$`),
  "an IPv4 address, such as 10.0.0.11",
);

export const dockerEndpoint = matching(
  /^(?:ssh:\/\/(?:[A-Za-z_][\w.-]*@)?[A-Za-z0-9][A-Za-z0-9.-]*(?::\d{1,5})?|tcp:\/\/[A-Za-z0-9][A-Za-z0-9.-]*:\d{1,5}|unix:\/\/(?:\/[\w.@+-]+)+)$/,
  "ssh://user@name, ssh://user@name:port, unix:///path or tcp://address:port",
);

export const image = matching(
  imagePattern,
  "the name of an image, such as registry.example.com/acme/web:1.4",
);

export const stackName = matching(
  /^(?:[\w.-]+\/[\w.-]+\/)?[\w.-]{1,100}$/,
  "the name of a stack, such as platform or acme/shop/platform",
);

export const hostName = matching(
  /^(?=.{1,253}$)(?!-)[A-Za-z0-9-]{1,63}(?<!-)(?:\.(?!-)[A-Za-z0-9-]{1,63}(?<!-))*$/,
  "a host name without a port, such as shop.example.com",
).transform((name) => name.toLowerCase());

export const routePath = matching(
  /^\/[\w./~@:+=-]*$/,
  "a path that begins with / and has letters, digits and - . _ ~ / @ : + = only",
).transform((path) => path.replace(/\/+$/, "") || "/");

export const healthCheckPath = matching(
  /^\/[\w./~@:+=?&-]*$/,
  "a path that begins with / and has letters, digits and - . _ ~ / @ : + = ? & only",
);

const labelAllowed = "letters, digits and - . _ / between them, at most 63 characters";
const labelPattern = /^(?=.{1,63}$)[A-Za-z0-9](?:[\w./-]*[A-Za-z0-9])?$/;
export const labelName = z.string().regex(labelPattern, `the label's name must be ${labelAllowed}`);
export const labelValue = written(matching(labelPattern, labelAllowed));

export const variableName = z
  .string()
  .regex(/^[A-Za-z_]\w*$/, "the variable's name must be letters, digits and _, not beginning with a digit");

/** Text that may be anything but a control character that ends it. */
export const anyText = written(matching(/^[^\0]*$/, "text (a number with a fraction needs quotes)"));

/**
 * A text that a user may type without quotes: `pulumi config set --path` and YAML make a number of `8080`, and a
 * boolean of `true`. A number that can be written in another way (1.50) is not taken back.
 */
function written<Text extends z.ZodType<string, string>>(text: Text): z.ZodType<string, string> {
  const asWritten = (given: unknown) =>
    Number.isSafeInteger(given) || typeof given === "boolean" ? String(given) : given;
  return z.preprocess(asWritten, text) as unknown as z.ZodType<string, string>;
}
