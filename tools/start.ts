import { execa } from "execa";
import { toolEnvironment } from "./environment.ts";
import { labUp } from "./lab/lab.ts";
import { setUp } from "./setup/setUp.ts";

/** `npm start [-- <stack>]`: the main job on this machine, from nothing to a running stack. */
const stack = process.argv[2] ?? "dev";

interface Outputs {
  urls: string[];
  replicas: Record<string, { name: string; host: string; container: string }[]>;
}

await setUp();
if (stack === "lab") await labUp();

const pulumi = execa({ env: toolEnvironment(), extendEnv: false, stdin: "inherit", stderr: "inherit" });
await pulumi`pulumi stack select --create ${stack}`;
const update = await pulumi({
  stdout: "inherit",
  reject: false,
})`pulumi up --yes --skip-preview --suppress-outputs --stack ${stack}`;
if (update.exitCode !== 0) {
  console.error(`
The update of stack ${stack} failed; what served before serves on. Mend what it says above and run npm start again.`);
  process.exit(1);
}
const { stdout } = await pulumi`pulumi stack output --json --stack ${stack}`;
const { urls, replicas } = JSON.parse(stdout) as Outputs;

console.log(`\nServing at ${urls.join(" and ")}\n`);
for (const { name, host, container } of Object.values(replicas).flat()) {
  console.log(`  ${name.padEnd(12)} on ${host.padEnd(8)} ${container}`);
}
const [service = "web"] = Object.keys(replicas);
console.log(`
Next:
  release  npm run pulumi -- config set --path services.${service}.image handover-example:v2 && npm run pulumi -- up
  scale    npm run pulumi -- config set --path services.${service}.replicas 7 && npm run pulumi -- up
  destroy  npm run pulumi -- destroy`);
