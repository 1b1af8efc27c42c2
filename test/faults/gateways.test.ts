import { execa } from "execa";
import { afterEach, beforeAll, describe, expect, test } from "vitest";
import type { StackConfig } from "../../components/types.ts";
import { labHost } from "../../tools/lab/hosts.ts";
import { killHost, startHost } from "../../tools/lab/lab.ts";
import type { TestConfig } from "../support/stack.ts";
import { Acceptance } from "../support/acceptance.ts";
import { containers, type RunningContainer } from "../support/containers.ts";
import { everyFault } from "../support/everyFault.ts";
import { figure, requestFigures, seconds } from "../support/figures.ts";
import { now } from "../support/load/types.ts";
import { Posts } from "../support/posts.ts";
import { PulumiRun } from "../support/pulumiRun.ts";
import { Watch, type ContainerEvent } from "../support/watch.ts";

let acceptance: Acceptance;
let original: StackConfig;

beforeAll(async () => {
  acceptance = await Acceptance.open();
  original = await acceptance.stack.config();
  await acceptance.deployWeb("v1");
});

async function onEachHost(act: (docker: string) => Promise<unknown>): Promise<void> {
  await Promise.all(acceptance.hosts.map(({ docker }) => act(docker)));
}

/** An image whose HAProxy checks a configuration as ever, and ends when it is to serve. */
async function imageThatDoesNotServe(docker: string): Promise<void> {
  const directories = "/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin";
  const program = `#!/bin/sh\n[ "$1" = -c ] || exit 1\nPATH=${directories}\nexec haproxy "$@"\n`;
  const write = `printf %s "$1" >/tmp/haproxy && perl -e "chmod 0755, qw(/tmp/haproxy)"`;
  const on = (...args: string[]) => execa("docker", ["-H", docker, ...args]);
  const { stdout: made } = await on(
    ...["run", "--detach", "--user", "0", "--entrypoint", "sh", original.haproxyImage!, "-c", write],
    ...["write", program],
  );
  await on("wait", made);
  await on("commit", "--change", `ENV PATH=/tmp:${directories}`, made, "gateways:bad");
  await on("rm", made);
}

const gatewaysOf = (all: RunningContainer[]) =>
  all.filter(({ role, state }) => role === "gateway" && state === "running").map(({ id }) => id);

/** From when to when each host was without a gateway, in the order of time. */
function absences(events: ContainerEvent[]): { host: string; from: number; to: number }[] {
  const ofGateways = events.filter(({ name }) => name.includes("-gateway-"));
  return ofGateways
    .filter(({ action }) => action === "kill")
    .map(({ host, at }) => ({
      host,
      from: at,
      to:
        ofGateways.find((event) => event.host === host && event.action === "start" && event.at > at)?.at ??
        Infinity,
    }));
}

/** A load of every kind of request while the configuration changes; no request may fail, and no post be taken twice. */
async function changed(what: string, config: TestConfig): Promise<void> {
  const { hosts, stack } = acceptance;
  await stack.configure(config);
  const posts = await Posts.count(hosts, stack.name);
  await using load = await acceptance.load();
  await using watch = new Watch(hosts, stack.name);
  const { commanded } = await stack.up();
  const took = now() - commanded;
  await load.answers(100);
  await load.stop();
  const ids = load.results.flatMap(({ id }) => id ?? []);
  const summary = load.summary({ versions: ["v1"], counted: await posts.stop(ids) });
  const out = absences(watch.events);
  figure(what, {
    took: seconds(took),
    ...requestFigures(summary),
    "a gateway is away for": out.map(({ from, to }) => seconds(to - from)).join(" "),
  });
  expect(summary).toMatchObject({ failed: 0, examples: [] });
  expect(out.map(({ host }) => host)).toEqual(hosts.map(({ name }) => name));
  for (const [index, { from }] of out.entries()) expect(from).toBeGreaterThan(out[index - 1]?.to ?? 0);
}

test("a new key: one host after the other, and no request lost", async () => {
  await changed("a new key for the gateways", { gatewayKeyVersion: 2 });
});

test("one that a killed run has left, which no state knows, does not keep the host's port", async () => {
  const { stack, hosts } = acceptance;
  const { docker } = hosts.find(({ name }) => name === "h3")!;
  const on = async (...args: string[]) => (await execa("docker", ["-H", docker, ...args])).stdout;
  const gateway = (await containers(hosts, stack.name)).find(
    ({ host, role }) => host === "h3" && role === "gateway",
  )!;
  const labels = JSON.parse(await on("inspect", "--format", "{{json .Config.Labels}}", gateway.id)) as object;
  await on("rm", "--force", gateway.id);
  const left = await on(
    ...["run", "--detach", "--entrypoint", "sh", "--publish", `${labHost("h3").address}:7080:7080`],
    ...Object.entries(labels).flatMap(([name, value]) => ["--label", `${name}=${value}`]),
    ...[original.haproxyImage!, "-c", "trap exit USR1; sleep infinity & wait"],
  );
  await stack.up({ refresh: true });
  const after = gatewaysOf(await containers(hosts, stack.name));
  expect(after).toHaveLength(5);
  expect(after).not.toContain(left);
  await stack.up({ expectNoChanges: true });
});

describe.runIf(everyFault)("a change of every gateway", { timeout: 6 * 60_000 }, () => {
  afterEach(async () => {
    const { haproxyImage } = original;
    await startHost(labHost("h2"));
    await acceptance.stack.setHostStates({});
    await acceptance.stack.configure({ haproxyImage, loadBalancer: original.loadBalancer });
    await acceptance.deployWeb("v1");
  });

  test("to another image, with two edges", async () => {
    await acceptance.stack.configure({ loadBalancer: { ...original.loadBalancer, hosts: ["h1", "h2"] } });
    await acceptance.stack.up();
    await onEachHost((docker) =>
      execa("docker", ["-H", docker, "tag", original.haproxyImage!, "gateways:again"]),
    );
    await changed("another image of the gateways", { haproxyImage: "gateways:again" });
  });

  test("to an image that does not exist is refused before anything is touched", async () => {
    const { stack, hosts } = acceptance;
    await stack.configure({ haproxyImage: "localhost:1/no-such-image:1" });
    const before = await containers(hosts, stack.name);
    const { output } = await stack.failingUp();
    expect(output).toMatch(/host h[1-5]: docker run: .*\n.*no gateway was replaced/s);
    expect(await containers(hosts, stack.name)).toEqual(before);
  });

  test("to an image that HAProxy accepts and that does not serve stops at the first host", async () => {
    const { stack, hosts } = acceptance;
    await onEachHost(imageThatDoesNotServe);
    await using load = await acceptance.load();
    await stack.configure({ haproxyImage: "gateways:bad" });
    const before = gatewaysOf(await containers(hosts, stack.name));
    const { output } = await stack.failingUp();
    expect(output).toMatch(/host h1: its new gateway does not lead to its replicas within \d+ s/);
    const after = gatewaysOf(await containers(hosts, stack.name));
    expect(after).toEqual(before.slice(1));
    await stack.configure({ haproxyImage: original.haproxyImage });
    await stack.up();
    await load.answers(100);
    await load.stop();
    expect(load.summary()).toMatchObject({ failed: 0, examples: [] });
  });

  test("that is killed in the middle is finished by the next update", async () => {
    const { stack, hosts } = acceptance;
    await using load = await acceptance.load();
    await stack.configure({ gatewayKeyVersion: 3 });
    await using run = new PulumiRun(stack);
    await run.until(
      ({ resourcePreEvent: begun }) =>
        /hosts-h3-gateway$/.test(begun?.metadata.urn ?? "") && begun?.metadata.op === "delete-replaced",
      "the third gateway begins to leave",
    );
    run.signal("SIGKILL");
    await run.ended();
    await stack.cancel();
    await stack.up();
    await load.answers(100);
    await load.stop();
    const summary = load.summary();
    figure("a new key, killed in the middle", requestFigures(summary));
    expect(summary).toMatchObject({ failed: 0, examples: [] });
    expect(gatewaysOf(await containers(hosts, stack.name))).toHaveLength(5);
    await stack.up({ expectNoChanges: true });
  });

  test("does not wait for a lost host", async () => {
    const { stack, hosts } = acceptance;
    await killHost(labHost("h2"));
    await acceptance.stack.setHostStates({ h2: "lost" });
    await stack.up();
    await using load = await acceptance.load();
    await stack.configure({ gatewayKeyVersion: 4 });
    await stack.up();
    await load.answers(100);
    await load.stop();
    expect(load.summary()).toMatchObject({ failed: 0, examples: [] });
    const living = hosts.filter(({ name }) => name !== "h2");
    expect(gatewaysOf(await containers(living, stack.name))).toHaveLength(4);
  });
});
