import type { BackendDocument, EdgeDocument } from "../rollout/document.ts";
import { until } from "../until.ts";
import { backendName, checksMap, declaration, declarationKey, serverSettings } from "./backendConfig.ts";
import { committedServices } from "./committedSet.ts";
import type { BackendCounters, CommittedService, Edge, NewServer, ServerStatus, Stream } from "./edge.ts";
import { EdgeError } from "./edgeError.ts";
import { EdgeFiles } from "./edgeFiles.ts";
import { holdsMap } from "./holds.ts";
import { deleteEntries, mapEntries, parseMap, setEntries } from "./maps.ts";
import { checkPath, serverAddress, serverName, serviceName } from "./names.ts";
import { openRelay } from "./openRelay.ts";
import type { Relay } from "./relay.ts";
import { endReplacedEdges } from "./replacedEdges.ts";
import { routesMap, routesOfOthers } from "./routes.ts";
import { command, RuntimeApi } from "./runtimeApi.ts";
import { backendCounters, serverStatuses, type ToldReasons } from "./status.ts";
import { cutStreams, longAnswers } from "./streams.ts";
import { oldWorkersGone, reload } from "./workers.ts";

/** How long another rollout of the same service may take to end. */
const rolloutsWithin = 15 * 60_000;
/** How long the end of a conversation may take to be noticed on the other side. */
const noticedWithin = 15_000;
/** How long the rollouts of other services may keep a reload waiting. */
const reloadsWithin = 15 * 60_000;
/** How long connections that HAProxy keeps for later may hold back the removal of a server. */
const releasesWithin = 5_000;

/**
 * Begins a conversation with an edge about one service.
 * @param options.owner whose service it is, `<project>/<stack>`: several stacks may share an edge
 * @param options.stop ends the waiting for an edge that does not answer
 * @throws EdgeError when the edge does not answer in time, and as soon as it is certain that it will not
 */
export async function openEdge(
  document: EdgeDocument,
  service: string,
  { owner, stop }: { owner?: string; stop?: AbortSignal } = {},
): Promise<Edge> {
  return new DockerEdge(document, { service, owner }, await openRelay(document, stop));
}

/** An edge in a container on a Docker host, as one service's rollout uses it. */
class DockerEdge implements Edge {
  readonly host: string;
  private readonly document: EdgeDocument;
  private readonly service: string;
  private readonly owner: string | undefined;
  private relay: Relay;
  private readonly api: RuntimeApi;
  private readonly files: EdgeFiles;
  private readonly told: ToldReasons = new Map();

  constructor(
    document: EdgeDocument,
    { service, owner }: { service: string; owner: string | undefined },
    relay: Relay,
  ) {
    this.host = document.host;
    this.document = document;
    this.service = service;
    this.owner = owner;
    this.relay = relay;
    const current: Pick<Relay, "request"> = { request: (...given) => this.relay.request(...given) };
    this.api = new RuntimeApi(current, this.host);
    this.files = new EdgeFiles(current, this.host);
  }

  async claim(onWait: () => void, stop?: AbortSignal): Promise<void> {
    if (!(await this.isMine())) {
      onWait();
      if (!(await until(() => this.isMine(), { within: rolloutsWithin, every: 200, stop }))) {
        if (stop?.aborted) throw this.error(`interrupted while another rollout of ${this.service} goes on`);
        throw this.error(
          `another rollout of ${this.service} has not ended within ${rolloutsWithin / 60_000} min; end it, then run the update again`,
        );
      }
    }
    const present = await this.committed();
    const owner = present?.owner;
    // What never served is nobody's: a first deployment that failed is forgotten by its stack.
    if (this.owner && owner && owner !== this.owner && present.servers.length > 0) {
      throw this.error(
        `it serves ${this.service} for the stack ${owner}; give the service of ${this.owner} another name`,
      );
    }
  }

  async resume(): Promise<boolean> {
    // An edge that is told to stop closes its sockets at once, and ends when it has finished what it has.
    const answers = await this.relay.request("stats", "show info").catch(() => undefined);
    if (answers !== undefined) return false;
    await this.relay.close();
    this.relay = await openRelay(this.document);
    if (await until(() => this.isMine(), { within: noticedWithin, every: 200 })) return true;
    throw this.error("the conversation that was cut has not ended in its container; run the update again");
  }

  async declare(backend: BackendDocument, stop?: AbortSignal): Promise<boolean> {
    await this.files.change(this.service, (present) => ({
      ...present,
      ...this.owned,
      backend,
      servers: present?.servers ?? [],
    }));
    const reloaded = await this.load(declaration(this.service, backend), stop);
    await this.followMaps();
    await endReplacedEdges(this.document);
    return reloaded;
  }

  async routesOfOthers({ routes }: BackendDocument): Promise<string[]> {
    return this.files.alone(async (files) => {
      const services = Object.entries(committedServices(files));
      return routesOfOthers(this.service, routes, parseMap(files.get(routesMap) ?? "")).map(
        ({ route: { host, path = "/" }, backend }) => {
          const [name, other] = services.find(([each]) => backendName(each) === backend) ?? [backend];
          const of = other?.owner && other.owner !== this.owner ? ` of the stack ${other.owner}` : "";
          return `${host ?? "every host name"}, path ${path} is still the route of ${name}${of}`;
        },
      );
    });
  }

  async holdReloads(stop?: AbortSignal): Promise<void> {
    await this.lockReloads("shared", stop);
    // Another run may have been interrupted while it waited for this.
    await oldWorkersGone(this.api, this.host, stop);
  }

  async servers(): Promise<ServerStatus[]> {
    const backend = backendName(this.service);
    const state = await this.api.ask(command("show servers state", backend));
    const stat = await this.api.ask(command("show stat", backend, 4, -1));
    return serverStatuses(state, stat, this.told);
  }

  async counters(): Promise<BackendCounters> {
    return backendCounters(await this.api.ask(command("show stat", backendName(this.service), 2, -1)));
  }

  async add(backend: BackendDocument, servers: NewServer[]): Promise<void> {
    const present = new Map((await this.servers()).map((server) => [server.name, server]));
    const map = checksMap(this.service);
    const paths = new Map(
      servers.map(({ name, healthCheckPath }) => [serverName(name), checkPath(healthCheckPath)]),
    );
    await this.api.run([
      ...setEntries(map, (await mapEntries(this.api, map)) ?? new Map(), paths),
      ...servers.flatMap((server) => this.addition(backend, server, present.get(server.name))),
    ]);
  }

  async shift({ ready, drain }: { ready: string[]; drain: string[] }): Promise<void> {
    await this.api.run([
      ...ready.map((name) => this.turn(name, "ready")),
      ...drain.map((name) => this.turn(name, "drain")),
    ]);
  }

  async remove(names: string[]): Promise<void> {
    const present = new Set((await this.servers()).map(({ name }) => name));
    const leaving = names.filter((name) => present.has(name));
    await this.api.run(
      leaving.flatMap((name) => [
        this.turn(name, "maint"),
        command("shutdown sessions server", this.path(name)),
      ]),
    );
    await Promise.all(leaving.map((name) => this.delete(name)));
    const map = checksMap(this.service);
    const paths = await mapEntries(this.api, map);
    if (paths) await this.api.run(deleteEntries(map, paths, names));
  }

  async streams(names: string[]): Promise<Stream[]> {
    return longAnswers(this.api, backendName(this.service), names);
  }

  async cut(streams: Stream[]): Promise<void> {
    await cutStreams(this.api, streams);
  }

  async committed(): Promise<CommittedService | undefined> {
    return this.files.committed(this.service);
  }

  async commit(backend: BackendDocument, servers: NewServer[]): Promise<void> {
    await this.files.change(this.service, (present) => ({
      ...present,
      ...this.owned,
      backend,
      servers,
    }));
  }

  async retire(drain: number): Promise<void> {
    // A restart does not know the service from here on. Without a route the running worker's backend does no harm; it
    // goes with the next reload.
    await this.files.change(this.service, () => undefined);
    await this.followMaps();
    const names = (await this.servers()).map(({ name }) => name);
    await this.shift({ ready: [], drain: names });
    await until(async () => (await this.servers()).every(({ active }) => active === 0), { within: drain });
    await this.remove(names);
  }

  async note(text: string): Promise<void> {
    await this.relay.request("note", `${serviceName(this.service)}\n${text}`);
  }

  async close(): Promise<void> {
    await this.relay.close();
  }

  /**
   * Waits until the running worker has loaded a declaration, which is in the files already. When several services are
   * declared at once, the first reload is everybody's.
   * @returns whether it was this one that reloaded
   */
  private async load(wanted: string, stop?: AbortSignal): Promise<boolean> {
    const isLoaded = async () =>
      (await mapEntries(this.api, checksMap(this.service)))?.get(declarationKey) === wanted;
    const turn = await until(
      async () => {
        if (await isLoaded()) return "loaded";
        return (await this.relay.request("lock", "reload exclusive")) === "held" && "reload";
      },
      { within: reloadsWithin, every: 200, stop },
    );
    if (turn === "loaded") return false;
    if (turn === undefined && stop?.aborted) throw this.error("interrupted before its reload");
    if (turn === undefined) throw this.error("rollouts of other services have kept a reload waiting");
    try {
      if (await isLoaded()) return false;
      await reload(this.api, this.host);
      if (!(await isLoaded())) throw this.error(`the reload did not bring ${this.service}`);
      await oldWorkersGone(this.api, this.host, stop);
      return true;
    } finally {
      await this.relay.request("unlock", "reload").catch(() => {
        // The end of the conversation has let go of it, and is reported where it matters.
      });
    }
  }

  private get owned(): Pick<CommittedService, "owner"> {
    return this.owner === undefined ? {} : { owner: this.owner };
  }

  private async isMine(): Promise<boolean> {
    return (await this.relay.request("lock", `rollout-${serviceName(this.service)} exclusive`)) === "held";
  }

  private async lockReloads(how: "shared", stop?: AbortSignal): Promise<void> {
    const held = await until(async () => (await this.relay.request("lock", `reload ${how}`)) === "held", {
      within: reloadsWithin,
      stop,
    });
    if (!held && stop?.aborted) throw this.error("interrupted while another service's rollout reloads it");
    if (!held) throw this.error("a reload by another service's rollout does not end");
  }

  /** Makes the running worker's routes and holds those of the files. */
  private async followMaps(): Promise<void> {
    await this.files.alone(async (files) => {
      for (const map of [routesMap, holdsMap]) {
        const wanted = parseMap(files.get(map) ?? "");
        const present = (await mapEntries(this.api, map)) ?? new Map<string, string>();
        const unwanted = [...present.keys()].filter((key) => !wanted.has(key));
        await this.api.run([...setEntries(map, present, wanted), ...deleteEntries(map, present, unwanted)]);
      }
    });
  }

  /** The commands after which a server is there, checked, and without traffic unless it had some before. */
  private addition(
    backend: BackendDocument,
    { name, address }: NewServer,
    present: ServerStatus | undefined,
  ): string[] {
    const path = this.path(name);
    if (!present) {
      return [
        command("add server", path, serverAddress(address), serverSettings(backend)),
        this.turn(name, "drain"),
        command("enable health", path),
      ];
    }
    const [host = "", port = ""] = serverAddress(address).split(":");
    return [
      ...(present.address === address ? [] : [command("set server", path, "addr", host, "port", port)]),
      // An interrupted run left it so.
      ...(present.admin === "maint" ? [this.turn(name, "drain"), command("enable health", path)] : []),
    ];
  }

  /** Out of service it is already: that a kept connection holds it back for longer does no harm. */
  private async delete(name: string): Promise<void> {
    await until(async () => !(await this.api.attempt(command("del server", this.path(name)))), {
      within: releasesWithin,
      every: 50,
    });
  }

  private turn(name: string, state: ServerStatus["admin"]): string {
    return command("set server", this.path(name), "state", state);
  }

  private path(name: string): string {
    return `${backendName(this.service)}/${serverName(name)}`;
  }

  private error(problem: string): EdgeError {
    return new EdgeError(this.host, problem);
  }
}
