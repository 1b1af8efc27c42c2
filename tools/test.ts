import { mkdtemp, readFile, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import path from "node:path";
import { execa } from "execa";
import { labDown, labUp } from "./lab/lab.ts";
import { toolEnvironment } from "./environment.ts";
import { setUp } from "./setup/setUp.ts";

/** One step of `npm test`, and how it went. */
interface Step {
  name: string;
  seconds: number;
  passed: number;
  failed: number;
}

const steps: Step[] = [];
const repository = path.resolve(import.meta.dirname, "..");

async function step(name: string, run: () => Promise<{ passed: number; failed: number }>): Promise<Step> {
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
      const { numPassedTests: passed, numFailedTests } = JSON.parse(await readFile(file, "utf8"));
      return { passed, failed: Math.max(numFailedTests, code === 0 ? 0 : 1) };
    } finally {
      await rm(directory, { recursive: true, force: true });
    }
  });
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
    await tests("acceptance");
    await tests("faults");
  }
  await prepare("lab down", labDown);
}
process.exitCode = report();
