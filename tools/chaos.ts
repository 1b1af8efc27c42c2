import { randomInt } from "node:crypto";
import { Command, InvalidArgumentError } from "commander";
import { everythingOf } from "../test/support/containers.ts";
import { TestStack } from "../test/support/stack.ts";
import { bringBack } from "./chaos/bringBack.ts";
import { chaos, type ChaosReport } from "./chaos/chaos.ts";
import { evidence } from "./chaos/evidence.ts";
import { lastWords } from "./chaos/lastWords.ts";
import { labHosts } from "./lab/hosts.ts";
import { labDown, labStatus, labUp } from "./lab/lab.ts";
import { setUp } from "./setup/setUp.ts";

/** `npm run chaos`: random faults on the lab under load, until something is seen that must never be, or time is over. */
interface Options {
  minutes: number;
  seed: number;
}

const { minutes, seed } = new Command("npm run chaos --")
  .description(
    "Releases, scales and breaks a stack on the lab at random and under load, and checks all the time what is promised " +
      "to users. The exit code is 1 when something was seen that must never be.",
  )
  .option(
    "--minutes <number>",
    "how long steps are begun; the last ones and the clean-up come on top",
    positive,
    5,
  )
  .option("--seed <number>", "repeats the steps of an earlier run", seedOf, randomInt(2 ** 31))
  .parse()
  .opts<Options>();

// At a terminal it reaches an update that runs, too: the step fails, and nothing is made of that.
const stop = new AbortController();
for (const signal of ["SIGINT", "SIGTERM"] as const) process.on(signal, () => stop.abort());

await setUp();
const wasUp = (await labStatus()).up;
await labUp();
try {
  process.exitCode = (await run()) ? 0 : 1;
} finally {
  if (!wasUp) await labDown();
}

/** @returns whether everything was as promised */
async function run(): Promise<boolean> {
  const replay = `npm run chaos -- --minutes ${minutes} --seed ${seed}`;
  console.log(`seed ${seed}; to repeat the steps: ${replay}`);
  const stack = await TestStack.create();
  const { loadBalancer } = await stack.config();
  // The load goes to the first edge. The other one may fail.
  await stack.configure({ loadBalancer: { ...loadBalancer, hosts: ["h1", "h2"] } });
  let report: ChaosReport | undefined;
  let left: string[] = [];
  try {
    const goesOn = (_: number, elapsed: number) => elapsed < minutes * 60_000;
    report = await chaos({ stack, seed, goesOn, say: (line) => console.log(line), stop: stop.signal });
  } catch (error) {
    console.error(
      `\nThe run could not go on, which says nothing about the promises; to repeat it: ${replay}`,
    );
    console.error(lastWords(error));
  } finally {
    // A violation may have ended the run while hosts were off: their logs are read when they run again.
    await bringBack(stack);
    if (report?.violation !== undefined)
      console.error(await evidence([...labHosts], stack.name).catch(lastWords));
    left = await remove(stack);
  }
  if (!report) return false;
  if (left.length > 0) report.violation ??= `something is left after pulumi destroy: ${left.join(", ")}`;
  console.log(figures(report));
  if (report.violation === undefined) return true;
  console.error(`\nViolated: ${report.violation}\n\nTo repeat the steps: ${replay}`);
  return false;
}

/** @returns what is left on the hosts after `pulumi destroy` */
async function remove(stack: TestStack): Promise<string[]> {
  // A violation may have ended the run in the middle of an update.
  await stack.cancel().catch(() => {});
  await stack.destroy();
  const left = await everythingOf([...labHosts], stack.name);
  await stack.remove();
  return left;
}

function figures(report: ChaosReport): string {
  const { steps, faults, sent, answers, lostPosts, badAnswers, looks, violation } = report;
  return [
    "",
    `steps ${steps}, faults ${faults}, seed ${seed}`,
    `requests sent ${sent}, answered well ${answers}`,
    `lost: ${violation === undefined ? 0 : "see below"}; posts on their way to something that failed: ${lostPosts}`,
    `answers of bad releases, before they were taken back: ${badAnswers}`,
    `times that an edge was asked how many replicas serve: ${looks}`,
  ].join("\n");
}

function positive(value: string): number {
  const number = Number(value);
  if (!(number > 0)) throw new InvalidArgumentError("It is a number of minutes above 0.");
  return number;
}

function seedOf(value: string): number {
  const number = Number(value);
  if (!Number.isInteger(number) || number < 0 || number >= 2 ** 31) {
    throw new InvalidArgumentError(`It is a whole number from 0 to ${2 ** 31 - 1}.`);
  }
  return number;
}
