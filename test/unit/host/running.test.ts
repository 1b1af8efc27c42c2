import { expect, it, vi } from "vitest";
import { running } from "../../../components/host/running.ts";

const { docker } = vi.hoisted(() => ({
  docker: vi.fn<(host: unknown, args: string[]) => Promise<string>>(),
}));
vi.mock("../../../components/docker/docker.ts", async (original) => ({
  ...(await original<object>()),
  docker,
}));

/** What one engine runs for two hosts of a stack, as `docker ps` prints it. */
const engine: Record<string, string[]> = {
  h1: ["gateway 1a hosts-h1-gateway-1 haproxy:3.2", "edge 1b edge-h1-1 haproxy:3.2"],
  h2: ["gateway 2a hosts-h2-gateway-1 haproxy:3.1"],
};

it("tells the hosts apart that share one Docker Engine", async () => {
  docker.mockImplementation(async (_, args) => {
    const asked = args.flatMap((arg) => /^label=handover\.host=(.*)$/.exec(arg)?.[1] ?? []);
    const hosts = asked.length > 0 ? asked : Object.keys(engine);
    return hosts.flatMap((host) => engine[host] ?? []).join("\n");
  });
  const hosts = ["h1", "h2"].map((name) => ({ name, docker: "unix:///var/run/docker.sock" }));
  const { gateways, edges } = await running(hosts, "handover", "dev");
  expect([...gateways]).toEqual([
    ["h1", { id: "1a", image: "haproxy:3.2" }],
    ["h2", { id: "2a", image: "haproxy:3.1" }],
  ]);
  expect(edges.map(({ host, container }) => `${host} ${container}`)).toEqual(["h1 edge-h1-1"]);
});
