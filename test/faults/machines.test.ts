import { afterEach, beforeAll, describe, expect, test } from "vitest";
import { execa } from "execa";
import { until } from "../../components/until.ts";
import { labHost } from "../../tools/lab/hosts.ts";
import { hangDaemon, restartDaemon } from "../../tools/lab/engine.ts";
import { killHost, shutDownHost, startHost, wipeHost } from "../../tools/lab/lab.ts";
import { Acceptance } from "../support/acceptance.ts";
import { everyFault } from "../support/everyFault.ts";
import { edgeServers, untilEdge } from "../support/edgeStats.ts";
import { failuresWithout, postDuring } from "../support/failures.ts";
import { figure, requestFigures, seconds } from "../support/figures.ts";
import type { Load } from "../support/load.ts";
import { now } from "../support/load/types.ts";
import { moments, PulumiRun } from "../support/pulumiRun.ts";
import { example } from "../support/web.ts";

let acceptance: Acceptance;
let edge: string;

beforeAll(async () => {
  acceptance = await Acceptance.open();
  edge = new URL(acceptance.url).hostname;
  await acceptance.deployWeb("v1");
});

/** Every host runs, and everything is as at the beginning. */
async function restore(): Promise<void> {
  for (const { name } of acceptance.hosts) await startHost(labHost(name));
  await acceptance.stack.setHostStates({});
  await acceptance.deployWeb("v1");
}

const isOn = (...hosts: string[]) => {
  const pattern = new RegExp(`^web-(${hosts.join("|")})-[0-9a-f]+:`);
  return ({ name }: { name: string }) => pattern.test(name);
};

/** Requests that may be repeated must all have been answered; of the posts, those may have failed that were on the way. */
function onlyPostsOnTheWay(load: Load, since: number, until: number, what: string): void {
  const excuse = postDuring({ from: since, to: until });
  const excused = load.results.filter((result) => result.error && excuse(result));
  figure(what, { ...requestFigures(load.summary()), "posts lost with the host": excused.length });
  expect(failuresWithout(excuse, load)).toEqual([]);
}

describe("a host that loses its power", () => {
  test.each([{ hosts: ["h3"] }, { hosts: ["h4", "h5"] }])(
    "$hosts: is out of the edge within three seconds, and comes back by itself",
    async ({ hosts }) => {
      await using load = await acceptance.load();
      await load.answers(200);
      const killed = now();
      await Promise.all(hosts.map((name) => killHost(labHost(name))));
      await untilEdge(
        edge,
        (servers) => servers.filter(isOn(...hosts)).every(({ status }) => status === "DOWN"),
        { what: `${hosts.join(" and ")} out of the edge` },
      );
      const out = now();
      await load.answers(1000, 30_000);
      await Promise.all(hosts.map((name) => startHost(labHost(name))));
      await untilEdge(edge, (servers) => servers.every(({ status }) => status === "UP"), {
        what: "every server up",
      });
      await load.answers(100);
      await load.stop();
      onlyPostsOnTheWay(load, killed, out, `power cut of ${hosts.join(" and ")}`);
      figure(`power cut of ${hosts.join(" and ")}`, { "out of the edge after": seconds(out - killed) });
      expect(out - killed).toBeLessThan(3_000);
    },
  );
});

describe("without a pulumi up, traffic comes back to", () => {
  test("a host that was rebooted in order", async () => {
    await using load = await acceptance.load();
    const stopped = now();
    await shutDownHost(labHost("h2"));
    const down = now();
    await startHost(labHost("h2"));
    await untilEdge(edge, (servers) => servers.every(({ status }) => status === "UP"), {
      what: "every server up",
    });
    await load.answers(100);
    await load.stop();
    onlyPostsOnTheWay(load, stopped, down, "reboot in order");
  });

  test("a container that crashes", async () => {
    const [replica] = await acceptance.replicas();
    const { docker } = acceptance.hosts.find(({ name }) => name === replica?.host)!;
    await using load = await acceptance.load();
    const { stdout } = await execa("docker", ["-H", docker, "inspect", "-f", "{{.State.Pid}}", replica!.id]);
    const killed = now();
    process.kill(Number(stdout), "SIGKILL");
    await untilEdge(edge, (servers) => servers.some(({ status }) => status !== "UP"), { what: "it is out" });
    const out = now();
    await untilEdge(edge, (servers) => servers.every(({ status }) => status === "UP"), {
      what: "it is back",
    });
    await load.answers(100);
    await load.stop();
    onlyPostsOnTheWay(load, killed, out, "crash of a container");
  });

  test("a container that crashes and starts again with another address", async () => {
    // The release leaves the addresses free that its old containers had. They are given out first.
    await acceptance.deployWeb("v1", { env: { WARMUP: "0s" } });
    const [replica] = await acceptance.replicas();
    const { docker } = acceptance.hosts.find(({ name }) => name === replica?.host)!;
    const inspect = async (what: string) =>
      (await execa("docker", ["-H", docker, "inspect", "-f", what, replica!.id])).stdout;
    const address = () => inspect("{{range .NetworkSettings.Networks}}{{.IPAddress}}{{end}}");
    const before = await address();
    await using load = await acceptance.load();
    const killed = now();
    process.kill(Number(await inspect("{{.State.Pid}}")), "SIGKILL");
    const serves = () =>
      load.results.some(({ start, replica: by }) => start > again && by === replica!.id.slice(0, 12));
    const moved = await until(async () => ![before, ""].includes(await address()), { within: 10_000 });
    expect(moved).toBe(true);
    const again = now();
    expect(await until(async () => serves(), { within: 10_000 })).toBe(true);
    await load.stop();
    onlyPostsOnTheWay(load, killed, again, "crash of a container that gets another address");
    figure("crash of a container that gets another address", {
      "serves again after": seconds(now() - killed),
    });
  });

  test.each(
    (everyFault ? (["in order", "crash"] as const) : (["in order"] as const)).map((how) => ({ how })),
  )("a host whose Docker daemon alone is started again, $how", async ({ how }) => {
    await using load = await acceptance.load();
    const stopped = now();
    await restartDaemon(labHost("h2"), how);
    const up = await untilEdge(edge, (servers) => servers.every(({ status }) => status === "UP"), {
      what: "every server up",
    });
    const back = now();
    await load.answers(100);
    await load.stop();
    onlyPostsOnTheWay(load, stopped, back, `restart of a Docker daemon, ${how}`);
    figure(`restart of a Docker daemon, ${how}`, { "every server is up after": seconds(up) });
  });
});

describe("a Docker daemon that hangs", () => {
  afterEach(restore);

  test("the other hosts serve, an update is refused within seconds, and all comes back by itself", async () => {
    await acceptance.configureWeb("v2");
    await using load = await acceptance.load();
    const hung = now();
    const goOn = await hangDaemon(labHost("h3"));
    let out = hung;
    try {
      await untilEdge(
        edge,
        (servers) => servers.filter(isOn("h3")).every(({ status }) => status === "DOWN"),
        {
          what: "h3 out of the edge",
        },
      );
      out = now();
      const { output } = await acceptance.stack.failingUp();
      figure("a Docker daemon that hangs", { "the update is refused after": seconds(now() - out) });
      expect(output).toMatch(/host h3: its Docker Engine at \S+ does not answer: no answer within 10 s/);
      expect(now() - out).toBeLessThan(60_000);
    } finally {
      goOn();
    }
    await untilEdge(edge, (servers) => servers.every(({ status }) => status === "UP"), {
      what: "every server up",
    });
    await load.answers(100);
    await load.stop();
    figure("a Docker daemon that hangs", { "out of the edge after": seconds(out - hung) });
    onlyPostsOnTheWay(load, hung, out, "a Docker daemon that hangs");
    await acceptance.stack.up();
    expect((await acceptance.replicas()).map(({ image }) => image)).toEqual(Array(5).fill(example("v2")));
  });
});

describe("an update while a host is dead", () => {
  afterEach(restore);

  test("is refused within seconds, and says which host and what to do; marked lost, the update does without it", async () => {
    await killHost(labHost("h3"));
    await acceptance.configureWeb("v2");
    const before = await acceptance.stack.storedResources();
    const commanded = now();
    const refused = await acceptance.stack.failingUp();
    expect(now() - commanded).toBeLessThan(60_000);
    expect(refused.output).toMatch(/host h3: its Docker Engine at \S+ does not answer/);
    expect(refused.output).toContain(
      `pulumi config set --stack ${acceptance.stack.name} --path hosts.h3.state lost`,
    );
    expect(await acceptance.stack.storedResources()).toEqual(before);

    await using load = await acceptance.load();
    await acceptance.stack.setHostStates({ h3: "lost" });
    const { commanded: again } = await acceptance.stack.up();
    const took = now() - again;
    await load.answers(100);
    await load.stop();
    const summary = load.summary({ versions: ["v1", "v2"] });
    figure("release with a lost host", { took: seconds(took), ...requestFigures(summary) });
    expect(summary).toMatchObject({ failed: 0, examples: [] });
    const hosts = acceptance.hosts.filter(({ name }) => name !== "h3");
    const replicas = (await acceptance.replicasOn(hosts)).map(({ image }) => image);
    expect(replicas).toEqual(Array(5).fill(example("v2")));
    // What waited for the dead machine somewhere would not end in this time.
    expect(took).toBeLessThan(120_000);
  });
});

describe("a lost host that comes back", () => {
  let foreign: string;

  beforeAll(async () => {
    const { stdout } = await execa("docker", [
      ...["-H", labHost("h3").docker, "run", "--detach", "--restart", "always"],
      ...["--label", "handover.project=handover", "--label", "handover.stack=another"],
      ...["--label", "handover.host=h3", example("v3")],
    ]);
    foreign = stdout;
    await killHost(labHost("h3"));
    await acceptance.stack.setHostStates({ h3: "lost" });
    await acceptance.configureWeb("v2");
    await acceptance.stack.up();
  });

  test("gets no traffic with its old containers, and one update makes it right", async () => {
    await startHost(labHost("h3"));
    await using load = await acceptance.load();
    await load.answers(300);
    await acceptance.stack.setHostStates({});
    await acceptance.stack.up();
    await load.answers(100);
    await load.stop();
    expect(load.summary({ versions: ["v2"] })).toMatchObject({ failed: 0, examples: [] });
    const images = (await acceptance.replicas()).map(({ host, image }) => `${host} ${image}`);
    expect(images).toEqual(acceptance.hosts.map(({ name }) => `${name} ${example("v2")}`));
    const { stdout } = await execa("docker", ["-H", labHost("h3").docker, "ps", "-q", "--no-trunc"]);
    expect(stdout).toContain(foreign);
    await execa("docker", ["-H", labHost("h3").docker, "rm", "--force", foreign]);
  });

  test("is another machine under the same address: one update makes it right", async () => {
    await wipeHost(labHost("h3"));
    await startHost(labHost("h3"));
    await using load = await acceptance.load();
    await acceptance.stack.up();
    await load.answers(100);
    await load.stop();
    expect(load.summary({ versions: ["v2"] })).toMatchObject({ failed: 0, examples: [] });
    expect(await acceptance.replicas()).toHaveLength(5);
    const servers = await edgeServers(edge);
    expect(servers.map(({ status }) => status)).toEqual(Array(5).fill("UP"));
  });
});

describe("a planned drain", () => {
  afterEach(restore);

  test("moves the replicas first; then the host is empty and can be removed", async () => {
    await using load = await acceptance.load();
    await acceptance.stack.setHostStates({ h5: "drain" });
    await acceptance.stack.up();
    expect((await acceptance.replicas()).map(({ host }) => host)).not.toContain("h5");
    expect(await acceptance.replicas()).toHaveLength(5);
    const { hosts } = await acceptance.stack.config();
    const { h5, ...others } = hosts;
    await acceptance.stack.configure({ hosts: others });
    await acceptance.stack.up();
    await acceptance.stack.configure({ hosts: { ...others, h5: h5! } });
    await load.answers(100);
    await load.stop();
    expect(load.summary()).toMatchObject({ failed: 0, examples: [] });
  });

  test("of the last host is an error in the preview", async () => {
    await acceptance.stack.setHostStates({ h1: "drain", h2: "drain", h3: "drain", h4: "drain", h5: "drain" });
    const { output } = await acceptance.stack.failingPreview();
    expect(output).toMatch(/web: no host is active \(h1 is drained, .*h5 is drained\)/);
  });
});

describe("a host that loses its power in the middle of a release", () => {
  afterEach(restore);

  const every = Object.keys(moments) as (keyof typeof moments)[];
  const some = ["while waiting for health", "while draining"] as const;
  test.each((everyFault ? every : some).map((what) => ({ what })))(
    "$what: users do not notice; marked lost, the next update finishes",
    async ({ what }) => {
      await using load = await acceptance.load();
      await acceptance.configureWeb("v2", { rollout: { deadline: "10s", drain: "15s" } });
      await using run = new PulumiRun(acceptance.stack);
      await run.until(moments[what], what);
      const killed = now();
      await killHost(labHost("h4"));
      const succeeded = await run.ended();
      const took = now() - killed;
      await acceptance.stack.setHostStates({ h4: "lost" });
      await acceptance.stack.up();
      await load.answers(100);
      await load.stop();
      onlyPostsOnTheWay(load, killed, killed + 3_000, `power cut ${what}`);
      figure(`power cut ${what}`, { "the update ended after": seconds(took), succeeded: String(succeeded) });
      const hosts = acceptance.hosts.filter(({ name }) => name !== "h4");
      const replicas = (await acceptance.replicasOn(hosts)).map(({ image }) => image);
      expect(replicas).toEqual(Array(5).fill(example("v2")));
    },
  );
});
