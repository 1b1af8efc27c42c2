import type { EdgeDocument } from "../rollout/document.ts";
import type { ServerStatus } from "./edge.ts";
import { Relay } from "./relay.ts";
import { command } from "./runtimeApi.ts";
import { serverStatuses } from "./status.ts";

/** The servers behind one gateway, of every service, as edges see them. */
export class HostServers {
  private readonly relays: Relay[];
  private readonly address: string;

  /** @param address the gateway's `<address>:<port>` */
  constructor(edges: EdgeDocument[], address: string) {
    this.relays = edges.map((edge) => new Relay(edge));
    this.address = address;
  }

  /** @throws EdgeError when an edge does not answer */
  async look(): Promise<ServerStatus[]> {
    const seen = await Promise.all(
      this.relays.map(async (relay) => {
        const state = await relay.request("stats", command("show servers state"));
        // -1 4 -1: of every backend, the servers.
        const stat = await relay.request("stats", command("show stat", -1, 4, -1));
        return serverStatuses(state, stat).filter(({ address }) => address === this.address);
      }),
    );
    return seen.flat();
  }

  async close(): Promise<void> {
    await Promise.all(this.relays.map((relay) => relay.close()));
  }
}
