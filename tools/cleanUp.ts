import { labDown } from "./lab/lab.ts";
import { stopOwnEngine } from "./setup/docker.ts";

/** What `.ci/run` ends with: takes down what set-up and tests have started on this machine, however they ended. */
const failures = (await Promise.allSettled([labDown(), stopOwnEngine()])).filter(
  ({ status }) => status === "rejected",
);
for (const failure of failures) console.error((failure as PromiseRejectedResult).reason);
process.exitCode = failures.length > 0 ? 1 : 0;
