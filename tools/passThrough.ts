import { execa } from "execa";
import { toolEnvironment } from "./environment.ts";

/** Runs a program in the place of this one, with the tools and the state that `npm start` uses. */
export async function passThrough(
  program: string,
  args: string[],
): Promise<{ exitCode?: number; code?: string }> {
  // Ctrl-C reaches it from the terminal: it stops in order, and this waits for it.
  process.on("SIGINT", () => {});
  const running = execa(program, args, {
    env: toolEnvironment(),
    extendEnv: false,
    stdio: "inherit",
    reject: false,
    forceKillAfterDelay: false,
  });
  for (const signal of ["SIGTERM", "SIGHUP"] as const) process.on(signal, () => running.kill(signal));
  return running;
}
