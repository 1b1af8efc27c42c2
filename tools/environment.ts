import { randomBytes } from "node:crypto";
import { existsSync, mkdirSync, readFileSync, writeFileSync } from "node:fs";
import path from "node:path";
import { cache, checkout, checkoutState } from "./folders.ts";
import { findPulumi } from "./setup/findPulumi.ts";
import { pulumiHome } from "./setup/pulumiHome.ts";

/** The environment of a process, without gaps. */
export type ToolEnvironment = Record<string, string> & { PATH: string; PULUMI_HOME: string };

/**
 * This process's environment, with what is needed to run Pulumi and the checkout's tools: the only place that knows
 * where they are. What the user has set stays as it is. Without a backend or a login of the user's, the stacks are kept
 * in `.handover/state`, encrypted with a passphrase that is generated once.
 */
export function toolEnvironment(): ToolEnvironment {
  const pulumi = findPulumi();
  const home = pulumiHome(pulumi);
  return {
    ...(process.env as Record<string, string>),
    PATH: searchPath(pulumi?.folder),
    PULUMI_HOME: home,
    PULUMI_SKIP_UPDATE_CHECK: "true",
    // Pulumi's SDK takes a second to load, half of it to compile. An update loads it, and the rollout's own modules.
    NODE_COMPILE_CACHE: process.env.NODE_COMPILE_CACHE ?? path.join(cache, "node-compile"),
    ...(usesOwnBackend(home) ? {} : checkoutBackend()),
  };
}

/** The checkout's Node.js goes first; Pulumi's folder goes in only when the PATH does not have it. */
function searchPath(pulumi: string | undefined): string {
  const folders = (process.env.PATH ?? "").split(path.delimiter).filter(Boolean);
  const own = path.join(checkout, "node_modules", ".bin");
  const added = pulumi && !folders.includes(pulumi) ? [own, pulumi] : [own];
  return [...added, ...folders.filter((folder) => folder !== own)].join(path.delimiter);
}

function usesOwnBackend(home: string): boolean {
  const { PULUMI_BACKEND_URL, PULUMI_ACCESS_TOKEN } = process.env;
  return Boolean(PULUMI_BACKEND_URL || PULUMI_ACCESS_TOKEN) || isLoggedIn(home);
}

/** Whether `pulumi login` has been run; its file names the backend. */
function isLoggedIn(home: string): boolean {
  try {
    const credentials = readFileSync(path.join(home, "credentials.json"), "utf8");
    return Boolean((JSON.parse(credentials) as { current?: string }).current);
  } catch {
    return false;
  }
}

function checkoutBackend(): Record<string, string> {
  const state = path.join(checkoutState, "state");
  mkdirSync(state, { recursive: true, mode: 0o700 });
  return { PULUMI_BACKEND_URL: fileBackend(state), ...checkoutPassphrase() };
}

/**
 * The address of a backend in a folder, for a run that may be killed at any moment. Pulumi replaces a state as a whole,
 * but first writes a file of attributes beside it in place. One that a killed run has left empty makes the state
 * unreadable ("failed to load checkpoint: EOF"), and nothing needs it.
 */
export function fileBackend(folder: string): string {
  return `file://${folder}?metadata=skip`;
}

function checkoutPassphrase(): Record<string, string> {
  const { PULUMI_CONFIG_PASSPHRASE, PULUMI_CONFIG_PASSPHRASE_FILE } = process.env;
  if (PULUMI_CONFIG_PASSPHRASE !== undefined || PULUMI_CONFIG_PASSPHRASE_FILE) return {};
  const file = path.join(checkoutState, "passphrase");
  if (!existsSync(file)) writeFileSync(file, randomBytes(24).toString("base64url"), { mode: 0o600 });
  return { PULUMI_CONFIG_PASSPHRASE_FILE: file };
}
