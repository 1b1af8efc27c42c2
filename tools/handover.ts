import path from "node:path";
import { checkout } from "./folders.ts";
import { passThrough } from "./passThrough.ts";

/** `npm run handover -- <arguments>`: the command line program, with the tools and the state that `npm start` uses. */
const program = path.join(checkout, "bin/handover.js");
const { exitCode } = await passThrough(process.execPath, [program, ...process.argv.slice(2)]);
process.exit(exitCode ?? 1);
