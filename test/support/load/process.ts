import { Generator } from "./generator.ts";
import type { LoadOptions, Report, Result } from "./types.ts";

/** How often results go to the test, in milliseconds. */
const reportEvery = 50;

let results: Result[] = [];
let generator: Generator | undefined;

function report(stopped: boolean): void {
  if (results.length === 0 && !stopped) return;
  const message: Report = { sent: generator?.sent ?? 0, results, stopped };
  results = [];
  process.send?.(message);
}

process.on("message", async (message: LoadOptions | "stop") => {
  if (message !== "stop") {
    generator = new Generator(message, (result) => results.push(result));
    setInterval(() => report(false), reportEvery);
    return;
  }
  await generator?.stop();
  report(true);
  process.disconnect();
});

// The test is gone, or has all it wants: nothing is to go on behind its back.
process.on("disconnect", () => process.exit());
