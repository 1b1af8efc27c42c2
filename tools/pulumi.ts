import { passThrough } from "./passThrough.ts";

/** `npm run pulumi -- <arguments>`: Pulumi, as `npm start` runs it. */
const { exitCode, code } = await passThrough("pulumi", process.argv.slice(2));
if (code === "ENOENT") console.error("There is no Pulumi on this machine yet. Get it with: npm run setup");
process.exit(exitCode ?? 1);
