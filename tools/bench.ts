import { parseArgs } from "node:util";
import { releaseBench } from "./bench/release.ts";

/** `npm run bench -- release [--json]`: measures, prints, and keeps the figures. */
const { values, positionals } = parseArgs({
  allowPositionals: true,
  options: { json: { type: "boolean", default: false } },
});

if (positionals.join() !== "release") {
  console.error("usage: npm run bench -- release [--json]");
  process.exit(2);
}
await releaseBench(values);
