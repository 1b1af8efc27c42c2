import { isDeepStrictEqual } from "node:util";
import { docker } from "../../components/docker/docker.ts";
import type { HostState } from "../../components/types.ts";
import { answersWithin } from "../askHost.ts";
import { CliError, exitCode, usageError } from "../exit.ts";
import { ownCommand, pulumiCommand } from "../names.ts";
import { print, printJson, say } from "../output.ts";
import { checkUpdateOptions, Stack, type StackOptions, type UpdateOptions } from "../stack.ts";

/** `drain`, `lost` and `back`: what each makes of a host, and what it says when that is done. */
const changes = {
  drain: { state: "drain", done: "its replicas run on other hosts; the host itself stays reachable" },
  lost: { state: "lost", done: "nothing on it is called any more; its replicas run on other hosts" },
  back: { state: "active", done: "it may run replicas again" },
} as const satisfies Record<string, { state: HostState; done: string }>;

export type HostChange = keyof typeof changes;

/**
 * Sets a host's state in the configuration and runs the update. It says what is to become of a machine, so it stays when
 * the update fails, and the next update goes on with it.
 */
export async function hostState(
  change: HostChange,
  host: string,
  options: StackOptions & UpdateOptions,
): Promise<number> {
  checkUpdateOptions(options);
  const stack = await Stack.open(options);
  const { hosts, own, platform } = await stack.config();
  if (platform !== undefined) {
    throw usageError(
      `the hosts of stack ${stack.name} are those of its platform, stack ${platform}`,
      `${ownCommand()} ${change} ${host} --stack ${platform}, and then ${pulumiCommand()} up --stack ${stack.name}`,
    );
  }
  if (!hosts) {
    throw new CliError(`the configuration of stack ${stack.name} has no ${stack.project}:hosts`, {
      code: exitCode.usage,
      next: "a program of your own says itself which hosts it uses: set the host's state there, and run pulumi up",
    });
  }
  const present = hosts[host];
  if (!present) {
    throw usageError(
      `the configuration of stack ${stack.name} has no host ${host}`,
      `it has ${Object.keys(hosts).sort().join(", ")}`,
    );
  }
  if (change === "lost") {
    const endpoint = present.docker ?? `ssh://root@${present.address}`;
    await docker({ name: host, docker: endpoint }, ["version", "--format", "{{.Server.Version}}"], {
      within: answersWithin,
    }).then(
      () =>
        say(
          `${host} answers: what runs there goes on running, unseen, until the host comes back. To empty a host that answers, drain it.`,
        ),
      () => {},
    );
  }
  const { state, done } = changes[change];
  const place = `hosts.${host}.state`;
  const unchanged = (present.state ?? "active") === state;
  const [stateBefore, latest] = await Promise.all([stack.state(), stack.latestUpdate()]);
  if (!unchanged) await stack.set(place, state);
  const restore = async () => {
    if (!unchanged) await stack.set(place, own.hosts?.[host]?.state);
  };
  let succeeded = false;
  try {
    succeeded = await stack.update(`${change} ${host}`, options);
  } finally {
    if (options.preview) await restore();
  }
  if (options.preview) return succeeded ? exitCode.ok : exitCode.failed;
  // One that was killed is in no history, but it may have left its mark.
  const ran =
    succeeded ||
    (await stack.latestUpdate()) !== latest ||
    !isDeepStrictEqual(await stack.state(), stateBefore);
  if (options.json) printJson({ host, state, outcome: succeeded ? "done" : ran ? "failed" : "not-run" });
  if (succeeded) {
    if (!options.json) print("", `${host}: ${done}`);
    return exitCode.ok;
  }
  if (!ran) {
    await restore();
    say("", `${host}: nothing was touched, and the configuration is as it was`);
    return exitCode.failed;
  }
  say(
    "",
    `${host}: the update failed; what is wrong stands above, and what served before serves on`,
    `${host}: the configuration keeps ${state}; run it again with: ${pulumiCommand()} up --stack ${stack.name}`,
  );
  return exitCode.failed;
}
