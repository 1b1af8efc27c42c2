import type { BackendCounters, Edge } from "../../../components/edge/edge.ts";
import type { Containers, Swept } from "../../../components/rollout/containers.ts";
import type { BackendDocument } from "../../../components/rollout/document.ts";
import type { RolloutNote } from "../../../components/rollout/note.ts";
import { newServer, type EdgeState, type World } from "./world.ts";

/** An edge as `Edge` promises it, in memory. */
export function fakeEdge(world: World, state: EdgeState): Edge {
  const { host, servers } = state;
  const call = <T>(method: string, act: () => T) => world.call(method, host, act);
  return {
    host,
    claim: async () => {},
    resume: async () => world.resume(state),
    declare: (backend: BackendDocument) =>
      call("declare", () => {
        const changed = JSON.stringify(state.committed?.backend) !== JSON.stringify(backend);
        state.committed = { backend, servers: state.committed?.servers ?? [] };
        // A reload forgets what is not committed.
        if (changed) world.restart(state);
        return changed;
      }),
    routesOfOthers: async () => world.routesOfOthers,
    holdReloads: () => call("hold", () => {}),
    servers: () => call("servers", () => [...servers].map(([name, server]) => world.status(name, server))),
    counters: () =>
      call("counters", (): BackendCounters => {
        const all = [...servers.values()];
        const requests = Math.floor(all.reduce((sum, each) => sum + each.requests, 0) + state.lost);
        const failures = Math.floor(all.reduce((sum, each) => sum + each.errors, 0) + state.lost);
        return { requests, answers: requests, failures, pending: 0 };
      }),
    add: (_, added) =>
      call("add", () => {
        for (const { name, address } of added) {
          if (!servers.has(name)) servers.set(name, newServer(address, "drain"));
        }
      }),
    shift: ({ ready, drain }) =>
      call("shift", () => {
        for (const name of [...ready, ...drain]) {
          if (!servers.has(name)) throw new Error(`no server ${name}`);
        }
        for (const name of ready) servers.get(name)!.admin = "ready";
        for (const name of drain) servers.get(name)!.admin = "drain";
      }),
    remove: (names) =>
      call("remove", () => {
        for (const name of names) servers.delete(name);
      }),
    streams: (names) => call("streams", () => world.streams(state, names)),
    cut: (streams) =>
      call("cut", () => {
        for (const { id, server } of streams) {
          const stream = servers.get(server)?.busy.streams.find((each) => each.id === id);
          // An edge that has much to do still shows it for a moment.
          if (stream) stream.ends = Math.min(stream.ends, Date.now() + 250);
        }
      }),
    committed: () => call("committed", () => structuredClone(state.committed)),
    commit: (backend, committed) =>
      call("commit", () => {
        state.committed = structuredClone({ backend, servers: committed });
      }),
    retire: () => call("retire", () => {}),
    note: (text) =>
      call("note", () => {
        state.notes.push(JSON.parse(text) as RolloutNote);
      }),
    close: async () => {},
  };
}

export function fakeContainers(world: World): Containers {
  const { containers } = world;
  const others = (keep: ReadonlySet<string>) => [...containers.keys()].filter((name) => !keep.has(name));
  const call = <T>(method: string, act: () => T) => world.call(method, "docker", act);
  return {
    inspect: (server) =>
      world.call("inspect", server.host, () => {
        const { status, restarts, revision } = containers.get(server.container) ?? {
          status: "missing",
          restarts: 0,
          revision: "-",
        };
        return { status, restarts, revision, exitCode: status === "running" ? 0 : 1 };
      }),
    log: (server) => world.call("log", server.host, () => containers.get(server.container)?.log ?? ""),
    start: (wanted) =>
      call("start", () => {
        for (const { container } of wanted) {
          const known = containers.get(container);
          if (known?.status === "exited") known.status = "running";
        }
      }),
    stopAllBut: (keep) =>
      call("stop", (): Swept => {
        const names = others(keep).filter((name) => containers.get(name)?.status !== "exited");
        for (const name of names) containers.get(name)!.status = "exited";
        return { names, problems: [] };
      }),
    removeAllBut: (keep) =>
      call("sweep", (): Swept => {
        const names = others(keep);
        for (const name of names) containers.delete(name);
        return { names, problems: [] };
      }),
  };
}
