import { setUp } from "./setup/setUp.ts";

/** `npm run setup`: gets what is missing on this machine. */
try {
  await setUp();
} catch (error) {
  console.error(`Set-up failed. ${error instanceof Error ? error.message : String(error)}`);
  process.exit(1);
}
