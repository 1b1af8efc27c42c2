import { beforeAll, describe, expect, test, vi } from "vitest";
import { HostPool, LoadBalancer, ReplicaSet } from "../../components/index.ts";
import { measureDataPath, type DataPath } from "../../tools/bench/dataPath/bench.ts";
import { physicalLimit } from "../../tools/bench/limit.ts";
import { Acceptance } from "../support/acceptance.ts";
import { figure } from "../support/figures.ts";
import { runProgram } from "../unit/components/engine.ts";

/**
 * Ratios that only a gross regression changes: generous enough for a machine that does something else meanwhile. How
 * fast it all is, is for `npm run bench` to say.
 */

vi.mock("../../components/host/daemons.ts", () => ({
  daemonIds: async (hosts: { name: string }[]) => Object.fromEntries(hosts.map(({ name }) => [name, name])),
}));
vi.mock("../../components/host/running.ts", () => ({
  running: async () => ({ gateways: new Map(), edges: [] }),
}));

describe("the way of a request, beside one HAProxy", () => {
  let path: DataPath;

  beforeAll(async () => {
    path = await measureDataPath(["keep-alive"], { rounds: 3 });
  });

  test("costs no more than it did", () => {
    const cost = path.costs.find(({ beside }) => beside === "one HAProxy")!;
    figure("guard: edge and gateway beside one HAProxy", { ...cost });
    expect(cost.path).toBeLessThan(3);
    expect(cost.added).toBeLessThan(3);
  });

  test("asks Docker's DNS once a second for each connection at the most, and not for every request", () => {
    const { queries, seconds, connections } = path.dns;
    expect(queries).toBeLessThan(2 * seconds * connections);
  });
});

describe("the program", () => {
  const hosts = (count: number) =>
    Object.fromEntries(
      Array.from({ length: count }, (_, index) => [`h${index}`, { address: `10.0.0.${index + 1}` }]),
    );

  /** Processor time for each replica, in milliseconds. */
  async function each(replicas: number): Promise<number> {
    const before = process.cpuUsage();
    await runProgram(() => {
      const hostPool = new HostPool("hosts", { hosts: hosts(10) });
      const loadBalancer = new LoadBalancer("edge", { hostPool, hosts: ["h1"] });
      new ReplicaSet("web", { hostPool, loadBalancer, image: "acme/web:1", replicas });
    });
    const { user, system } = process.cpuUsage(before);
    return (user + system) / 1000 / replicas;
  }

  test("takes no more for a replica among many than among few", async () => {
    await each(50);
    const [few, many] = [await each(100), await each(400)];
    figure("guard: the program's processor time for a replica", { few, many, ratio: many / few });
    expect(many / few).toBeLessThan(2);
  });

  test("takes no stack trace for every property of a resource", async () => {
    const without = await each(200);
    vi.stubEnv("PULUMI_DEBUG_PROMISE_LEAKS", "true");
    const withTraces = await each(200);
    vi.unstubAllEnvs();
    figure("guard: stack traces", { without, with: withTraces, ratio: without / withTraces });
    expect(without / withTraces).toBeLessThan(0.8);
  });
});

test("a release, beside what the hosts need at the least", async () => {
  const acceptance = await Acceptance.open();
  const { stack } = acceptance;
  const timed = async (act: () => Promise<unknown>) => {
    const began = performance.now();
    await act();
    return (performance.now() - began) / 1000;
  };
  await acceptance.deployWeb("v1");
  const engine = await timed(() => stack.up({ expectNoChanges: true }));
  const limit = await physicalLimit((await stack.config()).hosts, "1s");
  const release = await timed(() => acceptance.deployWeb("v2"));
  const ratio = (release - engine) / limit;
  figure("guard: a release, without what every update takes", { release, engine, limit, ratio });
  expect(ratio).toBeLessThan(8);
});
