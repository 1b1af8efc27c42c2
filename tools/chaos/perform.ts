import { execa } from "execa";
import { pause, until } from "../../components/until.ts";
import { containers, type RunningContainer } from "../../test/support/containers.ts";
import { edgeServers } from "../../test/support/edgeStats.ts";
import { now } from "../../test/support/load/types.ts";
import { PulumiRun } from "../../test/support/pulumiRun.ts";
import type { TestStack } from "../../test/support/stack.ts";
import { webService } from "../../test/support/web.ts";
import { labHost } from "../lab/hosts.ts";
import { killHost, startHost, wipeHost } from "../lab/lab.ts";
import { cutLink, losePackets, mendLink } from "../lab/link.ts";
import { lastWords } from "./lastWords.ts";
import type { Model } from "./model.ts";
import type { PlannedStep } from "./plan.ts";
import type { LinkFault, Release, Signal, Step } from "./step.ts";
import { hostOf, serves, Violation, type Watch } from "./watch.ts";

/** How long everything may take to serve again, after what was broken is whole. In milliseconds. */
const backWithin = 60_000;
/** A check that began before may still fail for so long. In milliseconds. */
const steadyFor = 3_000;

/** A step that is done, until the next one is due. */
export type Performer = (planned: PlannedStep) => Promise<void>;

/** Makes the configuration what the model says. Nothing is deployed. */
export async function configure(
  stack: TestStack,
  model: Model,
  env: Record<string, string> = {},
): Promise<void> {
  const { hosts } = await stack.config();
  const states = Object.entries(hosts).map(([name, host]) => [name, { ...host, state: model.hosts[name] }]);
  const { image, version } = model.release;
  const bad = version.startsWith("bad");
  await stack.configure({
    hosts: Object.fromEntries(states),
    services: {
      web: webService(image, {
        replicas: model.replicas,
        env: { WARMUP: "1s", VERSION: version, ...env },
        rollout: bad ? { deadline: "6s", bake: "10s", drain: "15s" } : { deadline: "30s", drain: "15s" },
      }),
    },
  });
}

/** Does what a plan says, with everything that the documentation tells an operator to do about it. */
export function performerOn(stack: TestStack, watch: Watch): Performer {
  /** An update that has to succeed, with what there is after it. */
  async function up(before: Model, after: Model): Promise<void> {
    const both = [before.release.version, after.release.version];
    watch.timeline.expect(now(), both, Math.min(before.replicas, after.replicas));
    await stack.up().catch((error: Error) => {
      throw new Violation(`an update that had to succeed failed:\n${lastWords(error)}`);
    });
    watch.timeline.expect(now(), [after.release.version], after.replicas);
  }

  /**
   * An update that something happens to, however it ends, and then one that has to succeed.
   * @param disturb what happens to it
   * @param recover what is done before the second update
   */
  async function disturbedUp(
    { before, after }: PlannedStep,
    disturb: (run: PulumiRun) => Promise<void>,
    recover: () => Promise<void> = async () => {},
  ): Promise<void> {
    const both = [before.release.version, after.release.version];
    watch.timeline.expect(now(), both, Math.min(before.replicas, after.replicas));
    await using run = new PulumiRun(stack);
    await disturb(run);
    await run.ended();
    await recover();
    await up(before, after);
  }

  async function bad({ before, after }: PlannedStep, { to, fault, onlyOn }: Step & { kind: "bad release" }) {
    const env = { FAULT: fault, ...(onlyOn && { FAULT_HOST: onlyOn }) };
    await configure(stack, { ...after, release: to }, env);
    watch.timeline.expect(now(), [before.release.version, to.version], before.replicas);
    await stack.failingUp().catch((error: Error) => {
      throw new Violation(`a bad release (${fault}) was not found: ${error.message}`);
    });
    watch.timeline.expect(now(), [before.release.version], before.replicas);
    await configure(stack, after);
  }

  /** Waits until every edge that runs has all replicas in service, and keeps them. */
  async function everythingServes(model: Model): Promise<void> {
    const edges = model.edges.filter((host) => model.hosts[host] !== "lost");
    let seen = "";
    let since = Infinity;
    const done = await until(
      async () => {
        const onEach = await Promise.all(
          edges.map((host) => edgeServers(labHost(host).address).catch(() => [])),
        );
        seen = onEach
          .flat()
          .map(({ name, status }) => `${name} ${status}`)
          .join(", ");
        const all = onEach.every((servers) => servers.filter(serves).length === model.replicas);
        since = all ? Math.min(since, now()) : Infinity;
        return now() - since >= steadyFor;
      },
      { within: backWithin },
    );
    if (!done)
      throw new Violation(`not everything serves ${backWithin / 1000} s after it was mended: ${seen}`);
  }

  /** Ends everything on some hosts at once. @returns what ends the time of the fault */
  async function cutPower(hosts: string[]): Promise<() => void> {
    const over = await watch.fault(hosts, (server) => hosts.includes(hostOf(server)));
    await Promise.all(hosts.map((host) => killHost(labHost(host))));
    return over;
  }

  async function switchOn(host: string): Promise<void> {
    await startHost(labHost(host));
    await watch.readLogsOf(labHost(host));
  }

  /** The main process of a container ends by SIGKILL, and Docker starts it again. */
  async function crash({ id, host }: RunningContainer): Promise<void> {
    const docker = ["-H", labHost(host).docker];
    const inspect = async () => {
      const format = "{{.State.Pid}} {{.State.Running}} {{.RestartCount}}";
      const { stdout } = await execa("docker", [...docker, "inspect", "-f", format, id]);
      const [pid, running, restarts] = stdout.split(" ");
      return { pid: Number(pid), running: running === "true", restarts: Number(restarts) };
    };
    const { pid, restarts } = await inspect();
    if (pid === 0) return;
    process.kill(pid, "SIGKILL");
    const again = async () => {
      const state = await inspect();
      return state.running && state.restarts > restarts;
    };
    if (!(await until(again, { within: backWithin })))
      throw new Violation(`container ${id} on ${host} was not started again within ${backWithin / 1000} s`);
  }

  async function find(model: Model, role: string, host?: string): Promise<RunningContainer[]> {
    const hosts = Object.keys(model.hosts).filter((name) => model.hosts[name] !== "lost");
    const found = await containers(hosts.map(labHost), stack.name);
    const matching = found.filter((one) => one.role === role && one.state === "running");
    return host ? matching.filter((one) => one.host === host) : matching;
  }

  async function crashReplica(model: Model, number: number): Promise<void> {
    const servers = await edgeServers(labHost(model.edges[0]!).address);
    const serving = new Set(servers.filter(serves).map(({ name }) => name.split(":")[0]));
    const replicas = (await find(model, "replica")).filter(({ name }) => serving.has(name));
    const replica = replicas[(number - 1) % replicas.length]!;
    const over = await watch.fault([], ({ name }) => name.startsWith(`${replica.name}:`));
    await crash(replica);
    await everythingServes(model);
    over();
  }

  async function crashGateway(model: Model, host: string): Promise<void> {
    const [gateway] = await find(model, "gateway", host);
    const over = await watch.fault([host], (server) => hostOf(server) === host);
    await crash(gateway!);
    await everythingServes(model);
    over();
  }

  async function crashEdge(model: Model, host: string): Promise<void> {
    watch.ask(host, false);
    for (const edge of await find(model, "edge", host)) await crash(edge);
  }

  async function breakLink(host: string, fault: LinkFault): Promise<() => void> {
    const nowAndThen = fault !== "cut";
    const over = await watch.fault([host], (server) => hostOf(server) === host, { nowAndThen });
    await (fault === "cut" ? cutLink(labHost(host)) : losePackets(labHost(host), fault.loss));
    return over;
  }

  const release = (before: Model, to: Release) => ({ ...before, release: to });

  return async function perform(planned) {
    const { step, before, after } = planned;
    switch (step.kind) {
      case "release":
      case "scale":
      case "drain":
      case "end of drain":
        await configure(stack, after);
        await up(before, after);
        break;
      case "bad release":
        await bad(planned, step);
        break;
      case "interrupted release": {
        await configure(stack, after);
        const { signal, after: time } = step;
        await disturbedUp(
          planned,
          (run) => interrupt(run, signal, time),
          async () => {
            if (signal === "SIGKILL") await stack.cancel();
          },
        );
        break;
      }
      case "power cut": {
        const over = await cutPower(step.hosts);
        await pause(step.lasts);
        await Promise.all(step.hosts.map(switchOn));
        await everythingServes(after);
        over();
        break;
      }
      case "loss": {
        const over = await cutPower(step.hosts);
        await configure(stack, after);
        await up(before, after);
        over();
        for (const host of step.hosts) watch.ask(host, false);
        break;
      }
      case "loss in a release": {
        let over = () => {};
        await configure(stack, release(before, step.to));
        await disturbedUp(
          planned,
          async () => {
            await pause(step.after);
            over = await cutPower([step.host]);
          },
          () => configure(stack, after),
        );
        over();
        watch.ask(step.host, false);
        break;
      }
      case "return": {
        if (step.disk === "empty") await wipeHost(labHost(step.host));
        await switchOn(step.host);
        await configure(stack, after);
        await up(before, after);
        watch.ask(step.host, true);
        break;
      }
      case "replica crash":
        await crashReplica(after, step.number);
        break;
      case "gateway crash":
        await crashGateway(after, step.host);
        break;
      case "edge crash":
        await crashEdge(after, step.host);
        await everythingServes(after);
        watch.ask(step.host, true);
        break;
      case "edge crash in a release":
        await configure(stack, after);
        await disturbedUp(planned, async () => {
          await pause(step.after);
          await crashEdge(after, step.host);
        });
        watch.ask(step.host, true);
        break;
      case "link fault": {
        const over = await breakLink(step.host, step.fault);
        await pause(step.lasts);
        await mendLink(labHost(step.host));
        await everythingServes(after);
        over();
        break;
      }
      case "link fault in a release": {
        const over = await breakLink(step.host, step.fault);
        await configure(stack, after);
        await disturbedUp(planned, async () => {
          await pause(step.lasts);
          await mendLink(labHost(step.host));
        });
        await everythingServes(after);
        over();
        break;
      }
    }
    await watch.answers(50);
  };
}

/** To the whole process group, as Ctrl-C at a terminal; nothing if the update is over by then. */
async function interrupt(run: PulumiRun, signal: Signal, time: number): Promise<void> {
  await Promise.race([pause(time), run.ended()]);
  if (!run.hasExited) run.signal(signal);
}
