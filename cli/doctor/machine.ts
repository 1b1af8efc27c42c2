import { createRequire } from "node:module";
import { execa } from "execa";
import { failure, ok, warning, type Check } from "./check.ts";
import { atLeast, oldestNode, oldestPulumi } from "./versions.ts";

/** How long a program on this machine may take to say its version. */
const within = 10_000;

/** What this machine needs to run an update. */
export async function checkMachine(): Promise<Check[]> {
  return (await Promise.all([node(), pulumi(), dockerClient(), plugins()])).flat();
}

/** Pulumi runs the program, and the program its commands, with the `node` of the PATH. */
async function node(): Promise<Check> {
  const version = (await say("node", ["--version"])) ?? "";
  const mend = `put Node.js ${oldestNode} or later first on the PATH`;
  if (!version) return failure("Node.js", "not on the PATH", mend);
  if (!atLeast(version, oldestNode)) return failure("Node.js", `${version} is too old`, mend);
  return ok("Node.js", version);
}

async function pulumi(): Promise<Check> {
  const version = (await say("pulumi", ["version"])) ?? "";
  const mend = "https://www.pulumi.com/docs/install, or in a checkout: npm run setup";
  if (!version) return failure("Pulumi", "not on the PATH", mend);
  if (!atLeast(version, oldestPulumi)) {
    return failure("Pulumi", `${version} is too old, ${oldestPulumi} is needed`, mend);
  }
  return ok("Pulumi", version);
}

async function dockerClient(): Promise<Check> {
  const version = await say("docker", ["version", "--format", "{{.Client.Version}}"]);
  if (version) return ok("docker CLI", version);
  return failure(
    "docker CLI",
    "not on the PATH",
    "https://docs.docker.com/engine/install (the client is enough)",
  );
}

/** The provider plugins have to be those of the npm packages. */
async function plugins(): Promise<Check[]> {
  const listed = await say("pulumi", ["plugin", "ls", "--json"]);
  if (listed === undefined) return [];
  const present = JSON.parse(listed) as { name: string; kind: string; version: string }[];
  const require = createRequire(import.meta.url);
  return ["docker", "command"].map((name) => {
    const { version } = require(`@pulumi/${name}/package.json`) as { version: string };
    const what = `plugin ${name}`;
    const found = present.some(
      (each) => each.name === name && each.kind === "resource" && each.version === version,
    );
    if (found) return ok(what, `v${version}`);
    return warning(
      what,
      `v${version} is not installed; the first update tries to download it`,
      `pulumi plugin install resource ${name} v${version}`,
    );
  });
}

/** @returns what it prints, also when it complains; nothing when it is not there */
async function say(program: string, args: string[]): Promise<string | undefined> {
  const result = await execa(program, args, {
    reject: false,
    timeout: within,
    stdin: "ignore",
    env: { PULUMI_SKIP_UPDATE_CHECK: "true" },
  });
  return result.code === "ENOENT" ? undefined : result.stdout?.trim();
}
