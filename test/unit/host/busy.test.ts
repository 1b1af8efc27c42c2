import { chmod, mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import path from "node:path";
import { afterEach, beforeEach, expect, test, vi } from "vitest";
import { docker } from "../../../components/docker/docker.ts";
import { daemonIds } from "../../../components/host/daemons.ts";
import { pause } from "../../../components/until.ts";

let folder: string;

beforeEach(async () => {
  folder = await mkdtemp(path.join(tmpdir(), "handover-busy-"));
  await writeFile(path.join(folder, "docker"), "#!/bin/sh\nsleep 0.2\necho an-answer\n");
  await chmod(path.join(folder, "docker"), 0o755);
  vi.stubEnv("PATH", `${folder}:${process.env.PATH}`);
});

afterEach(async () => {
  vi.unstubAllEnvs();
  await rm(folder, { recursive: true });
});

/** The machine has no time for this program, until long after the answer. */
async function beBusy(): Promise<void> {
  await pause(50);
  const until = Date.now() + 2_500;
  while (Date.now() < until);
}

const host = { name: "h1", docker: "unix:///nowhere" };

test("an engine that answered in time is not called silent by a program that was too busy to look", async () => {
  const ids = daemonIds([host], "lab", { within: 2_000 });
  await beBusy();
  expect(await ids).toEqual({ h1: "an-answer" });
});

test("nor is a command that ended in time called late", async () => {
  const answer = docker(host, ["version"], { within: 2_000 });
  await beBusy();
  expect(await answer).toBe("an-answer");
});
