import { mkdtemp } from "node:fs/promises";
import { tmpdir } from "node:os";
import path from "node:path";
import { TestStack } from "../../../test/support/stack.ts";
import { localDocker } from "../../setup/docker.ts";
import { Fleet } from "./fleet.ts";

export interface FleetSize {
  hosts: number;
  replicas: number;
  /** Whether the service has a stack of its own, and the hosts and the edge are a platform's. */
  platform?: boolean;
}

/** The simulated hosts' gateways. The edge's host, which is real, has its own on the default port. */
const gatewayPort = 7090;

/** How long a simulated engine takes for a change, in milliseconds: about what a real one takes, on a quiet machine. */
export const latency = 50;

/** A service on many simulated hosts, and an edge on this machine's own Docker Engine. */
export interface FleetStack {
  /** The one that has the service. */
  stack: TestStack;
  /** The one that has the hosts and the edge, if that is another one. */
  platform?: TestStack;
  /** Sets what the service runs. Nothing is deployed. */
  wants(image: "acme/web:1" | "acme/web:2", replicas: number): Promise<void>;
}

/** Makes such a stack, configured with the first image, for as long as something is done with it. */
export async function withFleet<T>(
  { hosts, replicas, platform = false }: FleetSize,
  act: (fleet: FleetStack) => Promise<T>,
): Promise<T> {
  const directory = await mkdtemp(path.join(tmpdir(), "handover-fleet-"));
  const base = await TestStack.create();
  const stack = platform ? await base.beside({ platform: base.name }) : base;
  const { haproxyImage = "haproxy:3.2" } = await base.config();
  const images = [haproxyImage, "acme/web:1", "acme/web:2"];
  const fleet = await Fleet.start({ hosts, images, directory, latency, gatewayPort });
  const wants: FleetStack["wants"] = (image, count) =>
    stack.configure({
      services: {
        web: {
          image,
          replicas: count,
          port: 8080,
          healthCheck: { path: "/healthz", interval: "5s" },
          placement: { constraints: { simulated: "yes" } },
        },
      },
    });
  try {
    await base.configure({
      ...(platform && { platform: base.name, services: {} }),
      hosts: {
        edge: { address: "127.0.0.1", docker: localDocker },
        ...Object.fromEntries(
          fleet.hosts.map(({ name, ...host }) => [
            name,
            { ...host, gatewayPort, labels: { simulated: "yes" } },
          ]),
        ),
      },
      loadBalancer: { hosts: ["edge"], port: 8090, statsPort: 8494 },
    });
    await wants("acme/web:1", replicas);
    return await act({ stack, wants, ...(platform && { platform: base }) });
  } finally {
    await stack.destroy();
    if (platform) {
      await stack.removeFile();
      await base.destroy();
    }
    await base.remove();
    await fleet.stop();
  }
}
