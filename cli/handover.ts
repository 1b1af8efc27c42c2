import { CommanderError } from "commander";
import { CliError, exitCode } from "./exit.ts";
import { paintError, say } from "./output.ts";
import { program, type Outcome } from "./program.ts";

/** The command line program. */
// Whoever reads this may have read enough: `handover logs web | head`.
process.stdout.on("error", (error: NodeJS.ErrnoException) => {
  if (error.code !== "EPIPE") throw error;
  process.exit(exitCode.ok);
});

const outcome: Outcome = { code: exitCode.ok };
try {
  await program(outcome).parseAsync();
} catch (error) {
  outcome.code = failed(error);
}
// What still runs for a host that does not answer is not waited for.
process.exit(outcome.code);

function failed(error: unknown): number {
  if (error instanceof CommanderError) return error.exitCode === 0 ? exitCode.ok : exitCode.usage;
  if (error instanceof CliError) {
    say(`${paintError("red", "error:")} ${error.message}`, ...(error.next ? [`  ${error.next}`] : []));
    return error.code;
  }
  // Hosts and edges name themselves in what they throw; anything else is a fault of this program.
  const known =
    error instanceof Error && ["DockerError", "EdgeError", "ConfigurationError"].includes(error.name);
  say(
    `${paintError("red", "error:")} ${known ? error.message : error instanceof Error ? error.stack : String(error)}`,
  );
  return exitCode.failed;
}
