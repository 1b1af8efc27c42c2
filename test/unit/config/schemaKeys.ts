import { safeParse, z } from "zod";
import { hostSchema } from "../../../components/config/hosts.ts";
import { loadBalancerSchema } from "../../../components/config/loadBalancer.ts";
import { serviceSchema } from "../../../components/config/service.ts";

/** A key of the configuration as the reference names it, and its default where it has a plain one. */
export interface SchemaKey {
  key: string;
  default?: unknown;
}

export const schemaKeys: SchemaKey[] = [
  { key: "hosts" },
  ...keysOf(hostSchema, "hosts.<name>"),
  ...keysOf(loadBalancerSchema, "loadBalancer"),
  { key: "services" },
  ...keysOf(serviceSchema, "services.<name>"),
  { key: "platform" },
  { key: "haproxyImage", default: "haproxy:3.2" },
  { key: "gatewayKeyVersion", default: 1 },
];

function keysOf(section: z.ZodObject, path: string): SchemaKey[] {
  return Object.entries<z.core.$ZodType>(section.shape).flatMap(([name, field]) => {
    const key = `${path}.${name}`;
    const bare = unwrapped(field);
    if (bare instanceof z.ZodObject) return keysOf(bare, key);
    if (bare instanceof z.ZodArray && bare.element instanceof z.ZodObject) {
      return [{ key }, ...keysOf(bare.element, `${key}[]`)];
    }
    const { success, data } = safeParse(field, undefined);
    return [{ key, ...(success && data !== undefined ? { default: data } : {}) }];
  });
}

/** The schema without its default and without "may be left out". */
function unwrapped(field: z.core.$ZodType): z.core.$ZodType {
  return field instanceof z.ZodPrefault || field instanceof z.ZodDefault || field instanceof z.ZodOptional
    ? unwrapped(field.unwrap())
    : field;
}
