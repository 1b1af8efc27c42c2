import { mkdtemp, readFile, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import path from "node:path";
import { execa } from "execa";
import type { JsonTestResults } from "vitest/reporters";
import { labDown, labUp } from "./lab/lab.ts";
import { toolEnvironment } from "./environment.ts";
import { setUp } from "./setup/setUp.ts";

/** One step of `npm test`, and how it went. */
interface Step extends Outcome {
  name: string;
  seconds: number;
}

interface Outcome {
  passed: number;
  failed: number;
  /** What failed, a line each: the end of a long output is all that some people see. */
  failures?: string[];
}

const steps: Step[] = [];
const repository = path.resolve(import.meta.dirname, "..");

async function step(name: string, run: () => Promise<Outcome>): Promise<Step> {
  console.log(`\n== ${name}`);
  const start = performance.now();
  const result = await run().catch((error: Error) => {
    console.error(error.message);
    return { passed: 0, failed: 1 };
  });
  const done = { name, seconds: (performance.now() - start) / 1000, ...result };
  steps.push(done);
  return done;
}

/** A step that prepares something: it counts only when it fails. */
function prepare(name: string, run: () => Promise<unknown>): Promise<Step> {
  return step(name, async () => {
    await run();
    return { passed: 0, failed: 0 };
  });
}

/** A step that is one check. */
function check(name: string, command: string[]): Promise<Step> {
  return step(name, async () =>
    (await inherit(command)) === 0 ? { passed: 1, failed: 0 } : { passed: 0, failed: 1 },
  );
}

/** A step that is one of vitest's projects. A run that fails outside of every test counts as one failure. */
function tests(project: string): Promise<Step> {
  return step(`${project} tests`, async () => {
    const directory = await mkdtemp(path.join(tmpdir(), "handover-results-"));
    try {
      const file = path.join(directory, "results.json");
      const reporters = ["--reporter=default", "--reporter=json", `--outputFile.json=${file}`];
      const code = await inherit(["vitest", "run", "--project", project, ...reporters]);
      const results = JSON.parse(await readFile(file, "utf8")) as JsonTestResults;
      const failures = failuresIn(results);
      return {
        passed: results.numPassedTests,
        failed: Math.max(failures.length, code === 0 ? 0 : 1),
        failures,
      };
    } finally {
      await rm(directory, { recursive: true, force: true });
    }
  });
}

/** Failed tests, and files that failed outside of them, such as in what comes before all tests. */
function failuresIn({ testResults }: JsonTestResults): string[] {
  return testResults
    .filter(({ status }) => status === "failed")
    .flatMap(({ name, message, assertionResults }) => {
      const failed = assertionResults.filter(({ status }) => status === "failed");
      const file = path.relative(repository, name);
      const reasons = failed.map(({ fullName, failureMessages }) => `${fullName}: ${failureMessages?.[0]}`);
      return (failed.length > 0 ? reasons : [message]).map((reason) => `${file}: ${firstLine(reason)}`);
    });
}

function firstLine(text: string): string {
  return text.trim().split("\n")[0]!.slice(0, 300);
}

async function inherit([command = "", ...args]: string[]): Promise<number> {
  const { exitCode } = await execa(command, args, {
    cwd: repository,
    env: toolEnvironment(),
    preferLocal: true,
    stdio: "inherit",
    reject: false,
  });
  return exitCode ?? 1;
}

function report(): number {
  console.log("\n== times");
  for (const { name, seconds, failed } of steps) {
    console.log(`${seconds.toFixed(1).padStart(7)} s  ${name}${failed ? `  (${failed} failed)` : ""}`);
  }
  for (const failure of steps.flatMap(({ failures = [] }) => failures)) console.log(`  failed: ${failure}`);
  const total = (count: "seconds" | "passed" | "failed") => steps.reduce((sum, one) => sum + one[count], 0);
  console.log(`${total("seconds").toFixed(1).padStart(7)} s  in all\n`);
  console.log(`${total("passed")} passed, ${total("failed")} failed`);
  return total("failed") === 0 ? 0 : 1;
}

const ready = await prepare("set-up", setUp);
if (ready.failed === 0) {
  await check("format", ["prettier", "--check", "."]);
  await check("lint", ["eslint", "."]);
  await check("types", ["tsc", "--noEmit"]);
  await check("types of the page", ["tsc", "-p", "cli/dashboard/page"]);
  await tests("unit");
  const lab = await prepare("lab up", labUp);
  if (lab.failed === 0) {
    const acceptance = await tests("acceptance");
    // What a failed test has left on the hosts is not to fail all the others.
    if (acceptance.failed > 0) await prepare("lab as new", () => labDown().then(labUp));
    await tests("faults");
  }
  await prepare("lab down", labDown);
}
process.exitCode = report();
