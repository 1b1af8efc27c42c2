import { mkdirSync, mkdtempSync, rmSync, statSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import path from "node:path";
import { afterEach, beforeEach, describe, expect, test, vi } from "vitest";
import type { ToolEnvironment } from "../../../tools/environment.ts";

let folder: string;

beforeEach(() => {
  folder = mkdtempSync(path.join(tmpdir(), "handover-environment-"));
  vi.resetModules();
  for (const name of Object.keys(process.env).filter((key) => key.startsWith("PULUMI_"))) {
    vi.stubEnv(name, undefined);
  }
  vi.stubEnv("XDG_CACHE_HOME", path.join(folder, "cache"));
  vi.stubEnv("HOME", path.join(folder, "home"));
  vi.stubEnv("PATH", "/usr/bin:/bin");
  vi.doMock("../../../tools/folders.ts", () => ({
    checkout: path.join(folder, "checkout"),
    checkoutState: path.join(folder, "checkout", ".handover"),
    cache: path.join(folder, "cache", "handover"),
  }));
});

afterEach(() => {
  vi.unstubAllEnvs();
  vi.doUnmock("../../../tools/folders.ts");
  rmSync(folder, { recursive: true, force: true });
});

async function environment(): Promise<ToolEnvironment> {
  const { toolEnvironment } = await import("../../../tools/environment.ts");
  return toolEnvironment();
}

/** Puts a `pulumi` of this version into a folder, and gives the folder. */
function pulumi(version: string, name = "own"): string {
  const bin = path.join(folder, name);
  mkdirSync(bin, { recursive: true });
  writeFileSync(path.join(bin, "pulumi"), `#!/bin/sh\necho ${version}\n`, { mode: 0o755 });
  return bin;
}

describe("the backend", () => {
  test("is the checkout's, readable by its owner alone, when the user has none", async () => {
    const { PULUMI_BACKEND_URL, PULUMI_CONFIG_PASSPHRASE_FILE } = await environment();
    const state = path.join(folder, "checkout", ".handover", "state");
    expect(PULUMI_BACKEND_URL).toBe(`file://${state}?metadata=skip`);
    expect(statSync(state).mode & 0o777).toBe(0o700);
    expect(statSync(PULUMI_CONFIG_PASSPHRASE_FILE!).mode & 0o777).toBe(0o600);
    expect(statSync(PULUMI_CONFIG_PASSPHRASE_FILE!).size).toBe(32);
  });

  test("is the user's when one is set, and so is the passphrase", async () => {
    vi.stubEnv("PULUMI_BACKEND_URL", "s3://states");
    const result = await environment();
    expect(result.PULUMI_BACKEND_URL).toBe("s3://states");
    expect(result).not.toHaveProperty("PULUMI_CONFIG_PASSPHRASE_FILE");
  });

  test("is the one the user is logged in to", async () => {
    const home = path.join(folder, "home", ".pulumi");
    mkdirSync(home, { recursive: true });
    writeFileSync(path.join(home, "credentials.json"), JSON.stringify({ current: "https://api.pulumi.com" }));
    expect(await environment()).not.toHaveProperty("PULUMI_BACKEND_URL");
  });

  test("keeps a passphrase of the user's, an empty one too", async () => {
    vi.stubEnv("PULUMI_CONFIG_PASSPHRASE", "");
    expect(await environment()).not.toHaveProperty("PULUMI_CONFIG_PASSPHRASE_FILE");
  });
});

describe("the path", () => {
  test("starts with the checkout's own programs, once", async () => {
    const own = path.join(folder, "checkout", "node_modules", ".bin");
    vi.stubEnv("PATH", `/usr/bin:${own}:/bin`);
    expect((await environment()).PATH).toBe(`${own}:/usr/bin:/bin`);
  });

  test("stays as it is when its pulumi is new enough", async () => {
    vi.stubEnv("PATH", `${pulumi("v3.150.0")}:/bin`);
    const result = await environment();
    expect(result.PATH.split(":").slice(1)).toEqual([path.join(folder, "own"), "/bin"]);
    expect(result.PULUMI_HOME).toBe(path.join(folder, "home", ".pulumi"));
  });

  test("gets the downloaded pulumi before one that is too old", async () => {
    const downloaded = pulumi("v3.270.0", "cache/handover/pulumi-cli/bin");
    vi.stubEnv("PATH", `${pulumi("v3.149.0")}:/bin`);
    expect((await environment()).PATH.split(":").slice(1)).toEqual([
      downloaded,
      path.join(folder, "own"),
      "/bin",
    ]);
  });
});
