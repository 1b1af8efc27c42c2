import { CommanderError } from "commander";
import { describe, expect, test } from "vitest";
import { candidates, type Names } from "../../../cli/completion.ts";
import { program } from "../../../cli/program.ts";

const root = program({ code: 0 });

describe("the command line", () => {
  test.each([
    ["an unknown command", ["frobnicate"]],
    ["an unknown option", ["status", "--jsn"]],
    ["a missing argument", ["release", "web"]],
    ["one argument too many", ["status", "web", "api"]],
    ["options that exclude each other", ["release", "web", "web:2", "--preview", "--yes"]],
    ["a tail that is no number", ["logs", "web", "--tail", "some"]],
    ["an unknown shell", ["completion", "tcsh"]],
  ])("%s is an error of usage", async (_, words) => {
    const fresh = program({ code: 0 });
    for (const command of [fresh, ...fresh.commands]) command.configureOutput({ writeErr: () => {} });
    const error = await fresh.parseAsync(words, { from: "user" }).catch((thrown: unknown) => thrown);
    expect(error).toBeInstanceOf(CommanderError);
    expect((error as CommanderError).exitCode).not.toBe(0);
  });
});

describe("completion", () => {
  const asked: (string | undefined)[] = [];
  const names: Names = {
    service: async (stack) => (asked.push(stack), ["web", "api"]),
    host: async () => ["h1", "h2"],
    replica: async () => ["web-h1", "web-h2"],
  };
  const complete = (...words: string[]) => candidates(root, words, names);

  test.each<[string[], string[]]>([
    [["ro"], ["rollback"]],
    [["co"], ["completion"]],
    [
      ["release", ""],
      ["api", "web"],
    ],
    [["release", "--yes", "w"], ["web"]],
    [["release", "web", ""], []],
    [
      ["drain", "h"],
      ["h1", "h2"],
    ],
    [
      ["exec", "web-"],
      ["web-h1", "web-h2"],
    ],
    [["exec", "web-h1", "--", ""], []],
    [["logs", "web", "--replica", "web-h2"], ["web-h2"]],
    [["logs", "--f"], ["--follow"]],
    [
      ["completion", ""],
      ["bash", "fish", "zsh"],
    ],
    [["frobnicate", ""], []],
  ])("%j", async (words, expected) => {
    expect(await complete(...words)).toEqual(expected);
  });

  test("asks the stack that is named", async () => {
    await complete("status", "--stack", "prod", "");
    expect(asked.at(-1)).toBe("prod");
  });

  test("knows every command but its own", async () => {
    const all = await complete("");
    expect(all).toEqual(expect.arrayContaining(["status", "logs", "release", "doctor", "help"]));
    expect(all).not.toContain("complete");
  });
});
