import * as pulumi from "@pulumi/pulumi";
import { beforeEach, describe, expect, it, vi } from "vitest";
import {
  HostPool,
  LoadBalancer,
  ReplicaSet,
  type HostArgs,
  type ReplicaSetArgs,
} from "../../../components/index.ts";
import type { Running } from "../../../components/host/running.ts";
import type { RolloutDocument } from "../../../components/rollout/document.ts";
import { runProgram, type Registered } from "./engine.ts";

const { daemonIds, running } = vi.hoisted(() => ({
  running: vi.fn(async (): Promise<Running> => ({ gateways: new Map(), edges: [] })),
  daemonIds: vi.fn(async (hosts: { name: string }[]) =>
    Object.fromEntries(hosts.map(({ name }) => [name, `daemon-of-${name}`])),
  ),
}));
vi.mock("../../../components/host/daemons.ts", () => ({ daemonIds }));
vi.mock("../../../components/host/running.ts", () => ({ running }));

const secretMark = "4dabf18193072939515e22adb298388d";

function hosts(count: number, overrides: Record<string, Partial<HostArgs>> = {}): Record<string, HostArgs> {
  return Object.fromEntries(
    Array.from({ length: count }, (_, index) => {
      const name = `h${index + 1}`;
      return [
        name,
        { address: `10.0.0.${index + 1}`, docker: `tcp://10.0.0.${index + 1}:2375`, ...overrides[name] },
      ];
    }),
  );
}

function program(options: { hosts?: Record<string, HostArgs>; web?: Partial<ReplicaSetArgs> } = {}) {
  return () => {
    const hostPool = new HostPool("hosts", { hosts: options.hosts ?? hosts(5) });
    const loadBalancer = new LoadBalancer("edge", { hostPool, hosts: ["h1"] });
    new ReplicaSet("web", { hostPool, loadBalancer, image: "acme/web:1", replicas: 5, ...options.web });
  };
}

function ofType(registered: Registered[], type: string): Registered[] {
  return registered.filter((resource) => resource.type === type);
}
function named(
  registered: Registered[],
  name: string,
  type = "docker:index/container:Container",
): Registered {
  const found = registered.find((resource) => resource.name === name && resource.type === type);
  if (!found)
    throw new Error(`no ${type} named ${name}: ${registered.map((resource) => resource.name).join(", ")}`);
  return found;
}
function labels(resource: Registered): Record<string, string> {
  const list = resource.inputs["labels"] as { label: string; value: string }[];
  return Object.fromEntries(list.map(({ label, value }) => [label, value]));
}
const rolloutOf = (registered: Registered[]) => named(registered, "web-rollout", "command:local:Command");
const document = (registered: Registered[]) =>
  JSON.parse(rolloutOf(registered).inputs["stdin"] as string) as RolloutDocument;

beforeEach(() => {
  daemonIds.mockClear();
});

describe("a replica", () => {
  it("runs once on each of five hosts, with that host's provider", async () => {
    const registered = await runProgram(program());
    for (const host of ["h1", "h2", "h3", "h4", "h5"]) {
      const provider = named(registered, `hosts-${host}`, "pulumi:providers:docker");
      expect(named(registered, `web-${host}`).provider).toContain(`${provider.urn}::`);
    }
  });

  it("is created before the old one is deleted, said explicitly", async () => {
    const registered = await runProgram(program());
    expect(named(registered, "web-h3").deleteBeforeReplace).toBe(false);
    expect(named(registered, "edge-h1").deleteBeforeReplace).toBe(false);
    expect(named(registered, "hosts-h3-gateway").deleteBeforeReplace).toBe(true);
  });

  it("owns nothing exclusive", async () => {
    const { inputs } = named(await runProgram(program()), "web-h3");
    expect(inputs["ports"]).toBeUndefined();
    expect(inputs["name"]).toBeUndefined();
    expect(inputs["mustRun"]).toBe(false);
    expect(inputs["wait"]).toBeUndefined();
  });

  it("is made within bounded time, and not started: that is the rollout's, when every replica has been made", async () => {
    const replica = named(await runProgram(program({ web: { rollout: { pull: "5m" } } })), "web-h3");
    expect(replica.createWithin).toBe("300000ms");
    expect(replica.inputs["start"]).toBe(false);
  });

  it("carries the labels of its stack, host, service and revision", async () => {
    const registered = await runProgram(program());
    expect(labels(named(registered, "web-h3"))).toMatchObject({
      "handover.project": "handover",
      "handover.stack": "test",
      "handover.role": "replica",
      "handover.host": "h3",
      "handover.daemon": "daemon-of-h3",
      "handover.service": "web",
      "handover.replica": "web-h3",
      "handover.revision": document(registered).servers[0]?.revision,
    });
  });

  it("keeps a secret of its environment secret, and out of the revision", async () => {
    const revision = async (value: string) => {
      const registered = await runProgram(program({ web: { env: { TOKEN: pulumi.secret(value) } } }));
      const replica = named(registered, "web-h1");
      const token = (replica.inputs["envs"] as unknown[]).find((entry) =>
        JSON.stringify(entry).includes("TOKEN="),
      );
      expect(token).toMatchObject({ [secretMark]: expect.any(String), value: `TOKEN=${value}` });
      expect(JSON.stringify(rolloutOf(registered))).not.toContain(value);
      return labels(replica)["handover.revision"];
    };
    expect(await revision("s3cret-one")).toBe(await revision("s3cret-two"));
  });

  it("has another revision with another image or another plain value", async () => {
    const revision = async (web: Partial<ReplicaSetArgs>) =>
      document(await runProgram(program({ web }))).servers[0]?.revision;
    const first = await revision({});
    expect(await revision({ image: "acme/web:2" })).not.toBe(first);
    expect(await revision({ env: { A: "1" } })).not.toBe(first);
    expect(await revision({ replicas: 2 })).toBe(first);
  });
});

describe("a rollout", () => {
  it("comes after every replica, edge and gateway", async () => {
    const registered = await runProgram(program());
    const before = [
      "web-h1",
      "web-h2",
      "web-h3",
      "web-h4",
      "web-h5",
      "edge-h1",
      "hosts-h1-gateway",
      "hosts-h5-gateway",
    ];
    for (const name of before)
      expect(rolloutOf(registered).dependencies).toContain(named(registered, name).urn);
  });

  it("is told the edges, the hosts and every server by its container", async () => {
    const told = document(await runProgram(program()));
    expect(told.edges).toEqual([{ host: "h1", docker: "tcp://10.0.0.1:2375", container: "edge-h1-0000000" }]);
    expect(told.hosts).toHaveLength(5);
    expect(told.servers.map(({ container }) => container).sort()).toEqual(
      ["web-h1", "web-h2", "web-h3", "web-h4", "web-h5"].map((name) => `${name}-0000000`),
    );
    expect(told).toMatchObject({
      project: "handover",
      stack: "test",
      service: "web",
      deadline: 120_000,
      bake: { time: 1_000, minRequests: 10, maxErrorRate: 5, maxLatencyFactor: 5 },
      drain: 30_000,
      drainStreams: 60_000,
      stopGrace: 10_000,
    });
  });

  it("can be previewed before anything exists", async () => {
    const registered = await runProgram(program(), { preview: true });
    expect(ofType(registered, "docker:index/container:Container")).toHaveLength(5 + 5 + 1);
    expect(rolloutOf(registered).inputs["create"]).toContain("handover/rollout");
  });

  it("names no path of this machine", async () => {
    const registered = await runProgram(program());
    expect(JSON.stringify(ofType(registered, "command:local:Command"))).not.toContain(process.cwd());
  });
});

describe("an edge", () => {
  it("is made only after HAProxy has been asked whether it would begin so", async () => {
    const registered = await runProgram(program());
    const check = named(registered, "edge-h1-check", "command:local:Command");
    const edge = named(registered, "edge-h1");
    expect(edge.dependencies).toContain(check.urn);
    const [{ content }] = edge.inputs["uploads"] as [{ content: string }];
    expect(JSON.parse(check.inputs["stdin"] as string)).toEqual({
      host: "h1",
      docker: "tcp://10.0.0.1:2375",
      image: edge.inputs["image"],
      baseConfig: content,
      volume: "edge-h1-state-0000000",
    });
    expect(check.inputs["update"]).toBe(check.inputs["create"]);
    expect(check.deletedWith).toBe(named(registered, "hosts-h1-anchor", "command:local:Command").urn);
  });
});

describe("a host", () => {
  it("takes everything that runs on it along when it goes", async () => {
    const registered = await runProgram(program());
    const anchor = named(registered, "hosts-h1-anchor", "command:local:Command");
    const onHost = [
      named(registered, "web-h1"),
      named(registered, "hosts-h1-gateway"),
      named(registered, "edge-h1"),
      named(registered, "edge-h1-state", "docker:index/volume:Volume"),
      named(registered, "hosts-h1-network", "docker:index/network:Network"),
    ];
    for (const resource of onHost) expect(resource.deletedWith).toBe(anchor.urn);
  });

  it("that is lost is neither asked nor used, and the others run its replicas", async () => {
    const registered = await runProgram(program({ hosts: hosts(5, { h3: { state: "lost" } }) }));
    expect(daemonIds.mock.calls[0]?.[0].map(({ name }) => name)).toEqual(["h1", "h2", "h4", "h5"]);
    expect(registered.filter(({ name }) => /\bh3\b/.test(name))).toEqual([]);
    const replicas = ofType(registered, "docker:index/container:Container").filter(({ name }) =>
      /^web-/.test(name),
    );
    expect(replicas).toHaveLength(5);
    expect(document(registered).hosts.map(({ name }) => name)).not.toContain("h3");
  });

  it("that is drained runs no replica, and can still be reached", async () => {
    const registered = await runProgram(program({ hosts: hosts(5, { h3: { state: "drain" } }) }));
    expect(registered.filter(({ name }) => name.startsWith("web-h3"))).toEqual([]);
    expect(document(registered).hosts.map(({ name }) => name)).toContain("h3");
  });

  it("publishes its gateway on its private address only", async () => {
    const gateway = named(await runProgram(program()), "hosts-h2-gateway");
    expect(gateway.inputs["ports"]).toEqual([{ internal: 7080, external: 7080, ip: "10.0.0.2" }]);
  });

  it("has its gateway started by what clears the host of others first", async () => {
    const registered = await runProgram(program());
    expect(named(registered, "hosts-h2-gateway").inputs["start"]).toBe(false);
    const run = named(registered, "hosts-h2-gateway-run", "command:local:Command");
    expect(run.inputs["environment"]).toMatchObject({
      FILTERS: expect.stringMatching(/label=handover\.host=h2 --filter label=handover\.role=gateway$/),
    });
  });
});

describe("the gateway key", () => {
  it("is a secret wherever it goes", async () => {
    const registered = await runProgram(program());
    const key = named(registered, "hosts-gateway-key", "command:local:Command");
    expect(key.additionalSecretOutputs).toContain("stdout");
    for (const name of ["edge-h1", "hosts-h1-gateway"]) {
      const envs = named(registered, name).inputs["envs"] as unknown[];
      const keys = envs.filter((entry) => /GATEWAY_KEY=/.test(JSON.stringify(entry)));
      expect(keys).toHaveLength(name === "edge-h1" ? 1 : 2);
      for (const entry of keys) expect(entry).toMatchObject({ [secretMark]: expect.any(String) });
    }
  });
});
