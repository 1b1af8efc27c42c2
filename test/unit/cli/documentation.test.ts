import { readFileSync } from "node:fs";
import path from "node:path";
import { expect, test } from "vitest";
import type { Difference } from "../../../cli/differences.ts";
import { exitCode } from "../../../cli/exit.ts";
import { program } from "../../../cli/program.ts";

const text = readFileSync(path.resolve(import.meta.dirname, "../../../docs/cli.md"), "utf8");
const everywhere = ["--stack", "--cwd"];

test.each(
  program({ code: 0 })
    .commands.filter((command) => command.name() !== "complete")
    .map((command) => [command.name(), command] as const),
)("%s is documented, with every option", (name, command) => {
  const usage = text.split("\n").find((line) => line.startsWith("`handover ") && line.includes(name)) ?? "";
  expect(usage).not.toBe("");
  for (const { long } of command.options) {
    if (long && !everywhere.includes(long)) expect(usage).toContain(long);
  }
});

test("every option that is documented is there", () => {
  const known = new Set(
    program({ code: 0 }).commands.flatMap(({ options }) => options.map(({ long }) => long)),
  );
  for (const usage of text.split("\n").filter((line) => line.startsWith("`handover "))) {
    for (const [option] of usage.matchAll(/--[a-z]+(?:-[a-z]+)*/g)) expect(known).toContain(option);
  }
});

test("every kind of difference and every exit code is documented", () => {
  const kinds: Record<Difference["kind"], true> = {
    "host-unreachable": true,
    "edge-unreachable": true,
    "gateway-not-running": true,
    "container-not-running": true,
    "container-missing": true,
    "replica-unhealthy": true,
    "replica-not-served": true,
    "replica-unwanted": true,
    "service-held": true,
    "candidate-left-over": true,
    "removal-pending": true,
    "container-unknown": true,
    "not-deployed": true,
    "update-interrupted": true,
  };
  for (const kind of Object.keys(kinds)) expect(text).toContain(`\`${kind}\``);
  for (const code of Object.values(exitCode)) expect(text).toMatch(new RegExp(`^\\| ${code} +\\|`, "m"));
});
