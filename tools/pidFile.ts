import { readFile } from "node:fs/promises";
import { until } from "../components/until.ts";

/**
 * Ends the process of a pid file, if it is the program that it should be, and waits until it has.
 * @param within after so many milliseconds it is killed
 */
export async function endProcess(
  pidFile: string,
  program: string,
  within: number,
  signal: NodeJS.Signals = "SIGTERM",
): Promise<void> {
  const id = await runningProcess(pidFile, program);
  if (id === undefined) return;
  const hasEnded = async () => (await runningProcess(pidFile, program)) !== id;
  process.kill(id, signal);
  if (await until(hasEnded, { within })) return;
  process.kill(id, "SIGKILL");
  await until(hasEnded, { within: 10_000 });
}

/** The process of a pid file, while it runs and is that program: numbers are used again. */
export async function runningProcess(pidFile: string, program: string): Promise<number | undefined> {
  try {
    const id = Number(await readFile(pidFile, "utf8"));
    const [command = ""] = (await readFile(`/proc/${id}/cmdline`, "utf8")).split("\0");
    return command === program || command.endsWith(`/${program}`) ? id : undefined;
  } catch {
    return undefined;
  }
}
