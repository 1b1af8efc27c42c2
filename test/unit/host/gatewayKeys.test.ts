import { execa } from "execa";
import { expect, it } from "vitest";
import { makeKeys } from "../../../components/host/gatewayKeys.ts";

/** What the command prints, run as the engine runs it. */
async function made(version: number, before?: string): Promise<string[]> {
  const env = {
    KEY_VERSION: String(version),
    ...(before !== undefined && { PULUMI_COMMAND_STDOUT: before }),
  };
  return (await execa("/bin/sh", ["-c", makeKeys], { env })).stdout.split(" ");
}

const key = /^[0-9a-f]{64}$/;

it("makes a key", async () => {
  expect(await made(1)).toEqual(["1", expect.stringMatching(key)]);
});

it("makes another key for another version, and keeps the one before", async () => {
  expect(await made(7, "3 current former")).toEqual(["7", expect.stringMatching(key), "current"]);
  expect(await made(2, "3 current former")).toEqual(["2", expect.stringMatching(key), "current"]);
});

it("makes none for the same version, whatever else has changed", async () => {
  expect(await made(3, "3 current former")).toEqual(["3", "current", "former"]);
  expect(await made(1, "1 current")).toEqual(["1", "current"]);
});

it("takes over a key from before there were versions", async () => {
  expect(await made(1, "aa11")).toEqual(["1", "aa11"]);
});
