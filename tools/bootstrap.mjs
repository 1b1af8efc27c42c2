// `node tools/bootstrap.mjs <tool> [arguments]`: runs tools/<tool>.ts with the Node.js of node_modules, after
// `npm ci` where that is missing or out of date. Plain JavaScript for Node.js 20, because it runs before all of that.
import { spawn, spawnSync } from "node:child_process";
import { existsSync, statSync } from "node:fs";
import { constants } from "node:os";
import path from "node:path";

const checkout = path.dirname(import.meta.dirname);
const [tool, ...args] = process.argv.slice(2);
const program = path.join(import.meta.dirname, `${tool}.ts`);
if (!tool || !existsSync(program)) {
  fail(`Usage: node tools/bootstrap.mjs <tool> [arguments]. There is no tools/${tool ?? "<tool>"}.ts.`);
}

installPackages();
// Ctrl-C reaches the child from the terminal, once; passing it on would make it two.
process.on("SIGINT", () => {});
const child = spawn(node(), [program, ...args], { stdio: "inherit" });
for (const signal of ["SIGTERM", "SIGHUP"]) process.on(signal, () => child.kill(signal));
child.on("error", (error) => fail(error.message));
child.on("exit", (code, signal) => process.exit(code ?? 128 + constants.signals[signal]));

function installPackages() {
  const installed = path.join(checkout, "node_modules", ".package-lock.json");
  const wanted = path.join(checkout, "package-lock.json");
  if (existsSync(installed) && statSync(installed).mtimeMs >= statSync(wanted).mtimeMs) return;
  console.log(`Set-up: npm ci, because node_modules is ${existsSync(installed) ? "out of date" : "missing"}`);
  const npm = ["ci", "--no-audit", "--no-fund", "--loglevel=error"];
  const { error, status } = spawnSync("npm", npm, { cwd: checkout, stdio: "inherit" });
  if (error || status !== 0) {
    fail(`npm ci failed${error ? ` (${error.message})` : ""}. See what npm says above, then run this again.`);
  }
}

/** The Node.js of node_modules; where npm ran without install scripts, this one if it is new enough. */
function node() {
  const own = path.join(checkout, "node_modules", ".bin", "node");
  if (existsSync(own)) return own;
  const [major = 0, minor = 0] = process.versions.node.split(".").map(Number);
  if (major > 22 || (major === 22 && minor >= 18)) return process.execPath;
  return fail(
    `Node.js 22.18 or later is needed; this is ${process.version}, and npm put none in node_modules, ` +
      "probably because it runs no install scripts here. Try: npm rebuild node",
  );
}

function fail(message) {
  console.error(message);
  process.exit(1);
}
