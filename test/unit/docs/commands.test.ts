import { readFileSync } from "node:fs";
import path from "node:path";
import { execa } from "execa";
import { describe, expect, test } from "vitest";
import { program } from "../../../cli/program.ts";
import { toolEnvironment } from "../../../tools/environment.ts";
import { schemaKeys } from "../config/schemaKeys.ts";
import { blocksOf, pages } from "../../support/documentation.ts";

/**
 * Every command that stands in a block of a page. Those of two pages are typed, all of them, in
 * test/acceptance/ssh.test.ts and test/faults/dayTwo.test.ts. Of the others it is checked here that there is such a command,
 * with such options and arguments; what they do is proved where it is promised.
 */
const typed = ["docs/first-deployment.md", "docs/day-two.md"];

/** Commands of other programs, and why they need no check. */
const others: Record<string, string> = {
  "npm install handover": "the package is not on a registry yet; test/acceptance/package.test.ts installs it",
  "pulumi package add ./node_modules/handover/plugin": "test/acceptance/examples.test.ts uses that plugin",
  "source <(handover completion bash)": "test/unit/cli/program.test.ts runs the script in bash",
  "source <(handover completion zsh)": "the same script's sister",
  "handover completion fish | source": "the same script's sister",
  "handover pause web --for 20s && ./migrate.sh; handover resume web":
    "both commands stand alone, too; the migration is the reader's",
};

interface Command {
  where: string;
  command: string;
}

const commands = pages
  .filter((page) => !typed.includes(page))
  .flatMap((page) => blocksOf(page))
  .flatMap(({ page, line, language, text }): Command[] => {
    const lines = text.split("\n").map((each) => each.replace(/\s+#.*$/, "").trim());
    const shown = language === "sh" ? lines.filter((each) => each && !each.startsWith("#")) : [];
    const transcript =
      language === "" ? lines.filter((each) => each.startsWith("$ ")).map((each) => each.slice(2)) : [];
    return [...shown, ...transcript].map((command) => ({ where: `${page}:${line}`, command }));
  })
  .filter(({ command }) => command !== "echo $?");

test("there are commands", () => expect(commands.length).toBeGreaterThan(20));

describe.each(commands)("$where: $command", ({ command }) => {
  test("is one that there is", async () => {
    if (command in others) return;
    await check(words(command));
  });
});

async function check([name, ...rest]: string[]): Promise<void> {
  if (name === "npm") return checkScript(rest);
  if (name === "npx" || name === "handover") return checkHandover(name === "npx" ? rest.slice(1) : rest);
  if (name === "pulumi") return checkPulumi(rest);
  throw new Error(
    `No test knows this command. Run it in a test, or say in test/unit/docs/commands.test.ts why it needs none.`,
  );
}

async function checkScript([first = "", ...rest]: string[]): Promise<void> {
  const script = first === "run" ? rest.shift()! : first;
  const { scripts } = JSON.parse(
    readFileSync(path.resolve(import.meta.dirname, "../../../package.json"), "utf8"),
  ) as { scripts: Record<string, string> };
  expect(Object.keys(scripts)).toContain(script);
  const given = rest[0] === "--" ? rest.slice(1) : rest;
  if (script === "pulumi") await checkPulumi(given);
  if (script === "handover") checkHandover(given);
}

function checkHandover([name, ...rest]: string[]): void {
  const command = program({ code: 0 }).commands.find((each) => each.name() === name);
  if (!command) throw new Error(`handover has no command ${name}`);
  const dashes = rest.indexOf("--");
  const own = dashes === -1 ? rest : rest.slice(0, dashes);
  const { operands, unknown } = command.parseOptions(own);
  expect(unknown).toEqual([]);
  const arguments_ = command.registeredArguments;
  expect(operands.length).toBeGreaterThanOrEqual(
    arguments_.filter(({ required, variadic }) => required && !variadic).length,
  );
  if (!arguments_.some(({ variadic }) => variadic))
    expect(operands.length).toBeLessThanOrEqual(arguments_.length);
}

async function checkPulumi(given: string[]): Promise<void> {
  const options = given.filter((word) => word.startsWith("-"));
  const verbs = given.slice(0, given[0] === "config" || given[0] === "stack" ? 2 : 1);
  const help = await execa("pulumi", [...verbs, "--help"], { env: toolEnvironment() });
  expect(help.stdout).toContain(`pulumi ${verbs.join(" ")} `);
  for (const option of options) expect(help.stdout).toContain(`${option} `);
  if (options.includes("--path")) checkKey(given[given.indexOf("--path") + 1] ?? "");
}

/** `services.web.env.LOG_LEVEL` is a key of the configuration: names are free where the schema has a mapping. */
function checkKey(key: string): void {
  const pattern = (known: string) =>
    new RegExp(
      `^${known.replaceAll(".", "\\.").replaceAll("<name>", "[^.]+").replaceAll("[]", "\\[\\d+\\]")}(\\.[^.]+)?$`,
    );
  expect(schemaKeys.filter(({ key: known }) => pattern(known).test(key))).not.toEqual([]);
}

/** The words of a command line, without quotes. */
function words(command: string): string[] {
  return [...command.matchAll(/"([^"]*)"|'([^']*)'|(\S+)/g)].map(([, a, b, c]) => a ?? b ?? c ?? "");
}
