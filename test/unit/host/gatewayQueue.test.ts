import * as pulumi from "@pulumi/pulumi";
import { beforeEach, expect, it, vi } from "vitest";
import type { ServerStatus } from "../../../components/edge/edge.ts";
import { GatewayQueue, type Turn } from "../../../components/host/gatewayQueue.ts";
import { pause, until } from "../../../components/until.ts";

const { asked, look, checkGateway } = vi.hoisted(() => ({
  asked: [] as string[][],
  look: vi.fn<(address: string) => Partial<ServerStatus>[]>(),
  checkGateway: vi.fn(async () => {}),
}));
vi.mock("../../../components/edge/hostServers.ts", () => ({
  HostServers: class {
    private readonly address: string;
    constructor(edges: { container: string }[], address: string) {
      this.address = address;
      asked.push(edges.map(({ container }) => container));
    }
    look = async () => look(this.address);
    close = async () => {};
  },
}));
vi.mock("../../../components/host/gatewayCheck.ts", () => ({ checkGateway }));

const names = ["h1", "h2", "h3"];
const hosts = names.map((name, index) => ({
  ...{ name, docker: `tcp://${name}`, address: `10.0.0.${index + 1}`, gatewayPort: 7080 },
}));
const edge = { host: "h1", docker: "tcp://h1", container: "edge-h1" };

/** The queue of an update that begins with gateways on these hosts, and who has had its turn. */
function queueOf(withGateway: string[], { image = "haproxy:1", cleared = [] as string[] } = {}) {
  const gateways = new Map(withGateway.map((name) => [name, { id: `${name}-old`, image: "haproxy:1" }]));
  const old = cleared.map((name) => ({ host: name, docker: `tcp://${name}`, container: `edge-${name}` }));
  const before = Promise.resolve({ gateways, edges: [edge, ...old] });
  const queue = new GatewayQueue(before, async () => ({ gateways, edges: [edge] }), hosts, image);
  const come: string[] = [];
  const turns: Record<string, Turn> = {};
  for (const host of hosts) {
    const turn = (turns[host.name] = queue.join(host));
    turn.comes.then(
      () => come.push(host.name),
      () => {},
    );
  }
  const ends = (name: string, container: string) => turns[name]?.ends(pulumi.output(container));
  return { queue, come, ends };
}

const up = { health: "up", lastCheck: "passed" } as const;
const out = { health: "down", lastCheck: "the gateway does not answer after 1000 ms" } as const;

beforeEach(() => {
  asked.length = 0;
  look.mockReset().mockReturnValue([up]);
  checkGateway.mockReset().mockResolvedValue(undefined);
});

/** Long enough for everything that does not wait for something. */
const settled = () => pause(50);

it("lets all come at once where there was no gateway", async () => {
  const { come } = queueOf([]);
  await settled();
  expect(come.sort()).toEqual(names);
});

it("lets the next one come when the edges reach the replicas behind the new gateway", async () => {
  const { come, ends } = queueOf(names);
  await settled();
  expect(come).toEqual(["h1"]);
  look.mockReturnValue([up, out]);
  ends("h1", "h1-new");
  await pause(300);
  expect(come).toEqual(["h1"]);
  expect(look).toHaveBeenCalledWith("10.0.0.1:7080");
  look.mockReturnValue([up, up]);
  expect(await until(async () => come.length === 2, { within: 5_000, every: 10 })).toBe(true);
  expect(come).toEqual(["h1", "h2"]);
});

it("asks no edge about a gateway that has not changed", async () => {
  const { come, ends } = queueOf(names);
  ends("h1", "h1-old");
  ends("h2", "h2-old");
  await settled();
  expect(come).toEqual(names);
  expect(look).not.toHaveBeenCalled();
});

it("does not wait for a replica that is not well itself, nor for a host without a gateway", async () => {
  const { come, ends } = queueOf(["h1", "h3"]);
  look.mockReturnValue([up, { health: "down", lastCheck: "HTTP 500 after 2 ms" }]);
  ends("h1", "h1-new");
  await settled();
  expect(come.sort()).toEqual(names);
});

it("does not ask the edge that a host had before it was lost", async () => {
  const { come, ends } = queueOf(names, { cleared: ["h2"] });
  ends("h1", "h1-new");
  expect(await until(async () => come.length === 2, { within: 5_000, every: 10 })).toBe(true);
  expect(asked).toEqual([["edge-h1"]]);
});

it("lets an edge that runs come after all gateways, and a new one at once", async () => {
  const { queue, ends } = queueOf(names);
  const passed: string[] = [];
  for (const name of ["h1", "h2"]) void queue.passed(name, []).then(() => passed.push(name));
  await settled();
  expect(passed).toEqual(["h2"]);
  for (const name of names) ends(name, `${name}-new`);
  expect(await until(async () => passed.length === 2, { within: 5_000, every: 10 })).toBe(true);
});

it("lets nobody come when another image is refused on a host", async () => {
  checkGateway.mockImplementation(async () => {
    throw new Error("no such image");
  });
  const { come, queue } = queueOf(names, { image: "haproxy:2" });
  await expect(queue.passed("h1", [])).rejects.toThrow("no such image");
  expect(come).toEqual([]);
  expect(checkGateway).toHaveBeenCalledTimes(3);
});
