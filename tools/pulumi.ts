import { execa } from "execa";
import { toolEnvironment } from "./environment.ts";

/** `npm run pulumi -- <arguments>`: Pulumi, as `npm start` runs it. */
// Ctrl-C reaches Pulumi from the terminal: it stops in order, and this waits for it.
process.on("SIGINT", () => {});
const pulumi = execa("pulumi", process.argv.slice(2), {
  env: toolEnvironment(),
  extendEnv: false,
  stdio: "inherit",
  reject: false,
  forceKillAfterDelay: false,
});
for (const signal of ["SIGTERM", "SIGHUP"] as const) process.on(signal, () => pulumi.kill(signal));
const { exitCode, code } = await pulumi;
if (code === "ENOENT") console.error("There is no Pulumi on this machine yet. Get it with: npm run setup");
process.exit(exitCode ?? 1);
