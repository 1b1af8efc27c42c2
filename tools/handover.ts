import { execa } from "execa";
import path from "node:path";
import { toolEnvironment } from "./environment.ts";
import { checkout } from "./folders.ts";

/** `npm run handover -- <arguments>`: the command line program, with the tools and the state that `npm start` uses. */
// Ctrl-C reaches it from the terminal: it stops in order, and this waits for it.
process.on("SIGINT", () => {});
const handover = execa(process.execPath, [path.join(checkout, "bin/handover.js"), ...process.argv.slice(2)], {
  env: toolEnvironment(),
  extendEnv: false,
  stdio: "inherit",
  reject: false,
  forceKillAfterDelay: false,
});
for (const signal of ["SIGTERM", "SIGHUP"] as const) process.on(signal, () => handover.kill(signal));
const { exitCode } = await handover;
process.exit(exitCode ?? 1);
