import { createRequire } from "node:module";
import { Argument, Command, InvalidArgumentError, Option } from "commander";
import { isDuration, milliseconds } from "../components/config/duration.ts";
import { dashboard } from "./commands/dashboard.ts";
import type { DoctorOptions } from "./commands/doctor.ts";
import { exec } from "./commands/exec.ts";
import { maintenance, pause, resume, type MaintenanceState } from "./commands/hold.ts";
import { history } from "./commands/history.ts";
import { hostState, type HostChange } from "./commands/hostState.ts";
import { logs } from "./commands/logs.ts";
import { promote } from "./commands/promote.ts";
import { release } from "./commands/release.ts";
import { repair } from "./commands/repair.ts";
import { rollback } from "./commands/rollback.ts";
import { status } from "./commands/status.ts";
import { top } from "./commands/top.ts";
import { candidates, scripts, shells, type Names, type Shell } from "./completion.ts";
import { print } from "./output.ts";
import { Stack } from "./stack.ts";

/** Where a command leaves its exit code. */
export interface Outcome {
  code: number;
}

/** In milliseconds. */
const longestPause = 5 * 60_000;

const exitCodes = `
Exit codes: 0 all is well, 1 something failed, 2 the command line is wrong, 3 status: something differs from what the
stack wants. exec passes on the code of what it ran.`;

/** The whole command line: what there is, in words, and which function does it. */
export function program(outcome: Outcome): Command {
  const ends =
    <T extends unknown[]>(run: (...args: T) => Promise<number>) =>
    async (...args: T): Promise<void> => {
      outcome.code = await run(...args);
    };
  const root = new Command("handover")
    .description("See, release and run what a Handover stack has on its hosts.")
    .version(version(), "-V, --version")
    .addHelpText("after", exitCodes)
    .showSuggestionAfterError()
    .exitOverride();
  const inProject = (name: string, description: string): Command =>
    root
      .command(name)
      .description(description)
      .option(
        "-C, --cwd <folder>",
        "the folder of the Pulumi project (default: this one, or the nearest above)",
      );
  const add = (name: string, description: string): Command =>
    inProject(name, description).option("-s, --stack <name>", "the stack (default: the selected one)");
  const updating = (command: Command): Command =>
    command
      .option("-y, --yes", "run the update without asking")
      .addOption(new Option("--preview", "only look at what the update would do").conflicts(["yes", "json"]))
      .option("--json", "print the result as JSON; needs --yes");
  const update = (name: string, description: string): Command => updating(add(name, description));

  add("status", "what there is, what is wanted, and what mends the difference")
    .argument("[service]", "only this service")
    .option("-w, --watch", "again every two seconds, with requests per second")
    .option("--json", "print JSON (with --watch one line each time)")
    .action(ends(status));
  add("dashboard", "a page for the browser: hosts, replicas, traffic and releases as they happen")
    .addOption(
      new Option("-p, --port <port>", "where it listens, on loopback only; 0 for any that is free")
        .default(7070)
        .argParser(portNumber),
    )
    .action(ends(dashboard));
  add("logs", "the logs of a service's replicas on all hosts")
    .argument("<service>")
    .option("-f, --follow", "go on, also with the replicas of later releases")
    .option("-r, --replica <name>", "only this replica or container")
    .addOption(
      new Option("-n, --tail <lines>", "how many of the last lines of each replica, or all")
        .default("100")
        .argParser(lines),
    )
    .option("-t, --timestamps", "show when each line was written")
    .option("--json", "print a JSON object for each line")
    .action(ends(logs));
  add("exec", "run a command inside a replica")
    .argument("<replica>", "the replica or its container")
    .argument("<command...>", "behind two dashes: handover exec web-h1 -- ls -l")
    .action(ends(exec));
  add("top", "what the replicas use of their hosts")
    .argument("[service]", "only this service")
    .option("-w, --watch", "again and again")
    .option("--json", "print JSON")
    .action(ends(top));
  update("release", "release an image: set it in the configuration and run the update")
    .argument("<service>")
    .argument("<image>")
    .addOption(new Option("--record <file>", "draw what users saw of it, into an SVG").conflicts("preview"))
    .action(ends(release));
  update("rollback", "go back to the image that a service served well with before")
    .argument("<service>")
    .action(ends(rollback));
  updating(inProject("promote", "release to one stack the very image that serves in another"))
    .argument("<service>")
    .requiredOption("--from <stack>", "where it was tested")
    .requiredOption("--to <stack>", "where it is released")
    .action(ends(promote));
  add("history", "what was released when, by whom, and how it ended")
    .argument("[service]", "only this service")
    .addOption(new Option("-n, --limit <updates>", "how many").default(20).argParser(positive))
    .option("--json", "print JSON")
    .action(ends(history));
  const hostCommand = (change: HostChange, description: string) =>
    update(change, description)
      .argument("<host>")
      .action(ends((host: string, options: object) => hostState(change, host, options)));
  hostCommand("drain", "move a host's replicas to other hosts; it stays reachable");
  hostCommand("lost", "give up a host that does not answer; its replicas run elsewhere");
  hostCommand("back", "let a drained or lost host run replicas again");
  add("maintenance", "answer a service's requests with a page that says so, until it is over")
    .addArgument(new Argument("<state>", "on or off").choices(["on", "off"] satisfies MaintenanceState[]))
    .argument("<service>")
    .addOption(
      new Option("--retry-after <time>", "when clients may come again, whole seconds: 90s, 10m")
        .default("60s")
        .argParser(wholeSeconds),
    )
    .option("--json", "print JSON")
    .action(ends(maintenance));
  add("pause", "have a service's requests wait at the edge, for a migration of some seconds")
    .argument("<service>")
    .addOption(
      new Option("--for <time>", "how long at the most: 10s, 1m; then requests get a 503")
        .default("30s")
        .argParser(pauseTime),
    )
    .addOption(
      new Option("--most <requests>", "how many may wait at each edge; more get a 503")
        .default(1000)
        .argParser(positive),
    )
    .option("--json", "print JSON")
    .action(ends(pause));
  add("resume", "let the requests of a paused service go on")
    .argument("<service>")
    .option("--json", "print JSON")
    .action(ends(resume));
  add("repair", "give a service's traffic back to the replicas that its last rollout brought")
    .argument("<service>")
    .option("--json", "print the report as JSON")
    .action(ends(repair));
  add("doctor", "check everything that a first deployment needs")
    .option("--json", "print JSON")
    // It reads the configuration as the program does, with Pulumi's SDK, which takes half a second to load.
    .action(ends(async (options: DoctorOptions) => (await import("./commands/doctor.ts")).doctor(options)));
  root
    .command("completion")
    .description("print what a shell has to load to complete commands and names")
    .addArgument(new Argument("<shell>").choices(shells))
    .action((shell: Shell) => print(scripts[shell]));
  root
    .command("complete", { hidden: true })
    .argument("[words...]")
    .action(async (words: string[]) => print(...(await candidates(root, words, stackNames))));
  return root;
}

function lines(text: string): string {
  if (!/^(all|\d+)$/.test(text)) throw new InvalidArgumentError("It must be a number, or all.");
  return text;
}

function positive(text: string): number {
  if (!/^[1-9]\d*$/.test(text)) throw new InvalidArgumentError("It must be a number from 1.");
  return Number(text);
}

function wholeSeconds(text: string): string {
  if (!isDuration(text) || milliseconds(text) % 1000 !== 0)
    throw new InvalidArgumentError("It must be a time in whole seconds: 90s, 10m.");
  return text;
}

function pauseTime(text: string): string {
  if (milliseconds(wholeSeconds(text)) > longestPause)
    throw new InvalidArgumentError(
      "It must be at most 5m. For longer work there is: handover maintenance on",
    );
  return text;
}

function portNumber(text: string): number {
  const port = Number(text);
  if (!/^\d+$/.test(text) || port > 65_535)
    throw new InvalidArgumentError("It must be a number from 0 to 65535.");
  return port;
}

function version(): string {
  const require = createRequire(import.meta.url);
  return (require("handover/package.json") as { version: string }).version;
}

const stackNames: Names = {
  async service(stack) {
    const { services = {} } = await (await Stack.open({ stack })).config();
    return Object.keys(services);
  },
  async host(stack) {
    const { hosts = {} } = await (await Stack.open({ stack })).config();
    return Object.keys(hosts);
  },
  async replica(stack) {
    const { services } = await (await Stack.open({ stack })).state();
    return services.flatMap(({ document }) => document.servers.map(({ replica }) => replica));
  },
};
