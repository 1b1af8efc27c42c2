import type { StackConfig } from "../types.ts";

/** The keys of a stack's configuration. */
export const keys = [
  "platform",
  "hosts",
  "loadBalancer",
  "services",
  "haproxyImage",
  "gatewayKeyVersion",
] as const satisfies (keyof StackConfig)[];
export type Key = (typeof keys)[number];
