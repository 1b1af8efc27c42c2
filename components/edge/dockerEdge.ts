import type { BackendDocument, EdgeDocument } from "../rollout/document.ts";
import { until } from "../until.ts";
import {
  backendConfig,
  backendFile,
  backendName,
  checkLines,
  checksFile,
  checksMap,
  routeLines,
  routesFile,
  serverLine,
  serverLinesOf,
  serverSettings,
  withoutServers,
} from "./backendConfig.ts";
import type { BackendCounters, Edge, NewServer, ServerStatus } from "./edge.ts";
import { routesMap } from "./edgeContainer.ts";
import { installScript, reloadOwedFile, removeScript } from "./files.ts";
import { Relay } from "./relay.ts";
import { reload } from "./reload.ts";
import { command, RuntimeApi } from "./runtimeApi.ts";
import { backendCounters, serverStatuses } from "./status.ts";

/** How long an edge that was only just started may take to answer. */
const startsWithin = 20_000;
/** How long connections that HAProxy keeps for later may hold back the removal of a server. */
const releasesWithin = 5_000;

/**
 * Begins a conversation with an edge about one service.
 * @throws EdgeError when the edge does not answer in time
 */
export async function openEdge(document: EdgeDocument, service: string): Promise<Edge> {
  let problem: unknown;
  const edge = await until(
    async () => {
      const relay = new Relay(document);
      try {
        const api = new RuntimeApi(relay, document.host);
        await api.ask("show info");
        return new DockerEdge(document.host, service, relay, api);
      } catch (error) {
        problem = error;
        await relay.close();
        return undefined;
      }
    },
    { within: startsWithin, every: 250 },
  );
  if (!edge) throw problem;
  return edge;
}

/** An edge in a container on a Docker host. */
class DockerEdge implements Edge {
  readonly host: string;
  private readonly service: string;
  private readonly backend: string;
  private readonly relay: Relay;
  private readonly api: RuntimeApi;

  constructor(host: string, service: string, relay: Relay, api: RuntimeApi) {
    this.host = host;
    this.service = service;
    this.backend = backendName(service);
    this.relay = relay;
    this.api = api;
  }

  async declare(backend: BackendDocument): Promise<boolean> {
    if (await this.isDeclared(backend)) return false;
    // One service after the other: what is not committed would be forgotten.
    await this.relay.request("lock", "exclusive");
    try {
      const servers = serverLinesOf(await this.relay.request("read", backendFile(this.service)));
      await this.write(reloadOwedFile(this.service), "");
      await this.install(backend, servers, await this.relay.request("read", checksFile(this.service)));
      await reload(this.api, this.host);
      await this.shell(`rm -f ${reloadOwedFile(this.service)}`);
    } finally {
      await this.relay.request("lock", "none");
    }
    return true;
  }

  async holdReloads(): Promise<void> {
    await this.relay.request("lock", "shared");
  }

  async servers(): Promise<ServerStatus[]> {
    const [state = "", stat = ""] = await this.api.ask(
      command("show servers state", this.backend),
      command("show stat", this.backend, 4, -1),
    );
    return serverStatuses(state, stat);
  }

  async counters(): Promise<BackendCounters> {
    const [stat = ""] = await this.api.ask(command("show stat", this.backend, 2, -1));
    return backendCounters(stat);
  }

  async add(backend: BackendDocument, servers: NewServer[]): Promise<void> {
    const present = new Map((await this.servers()).map((server) => [server.name, server]));
    const missing = servers.filter(({ name }) => !present.has(name));
    for (const { name, healthCheckPath } of servers) await this.setCheckPath(name, healthCheckPath);
    // A server that an interrupted run left in maintenance begins anew.
    const parked = servers.filter(({ name }) => present.get(name)?.admin === "maint");
    await this.api.run([
      ...missing.map(({ name, address }) =>
        command("add server", `${this.backend}/${name}`, address, serverSettings(backend)),
      ),
      ...[...missing, ...parked].flatMap(({ name }) => [
        command("set server", `${this.backend}/${name}`, "state drain"),
        command("enable health", `${this.backend}/${name}`),
      ]),
    ]);
  }

  async shift({ ready, drain }: { ready: string[]; drain: string[] }): Promise<void> {
    const turn = (state: string) => (name: string) =>
      command("set server", `${this.backend}/${name}`, "state", state);
    await this.api.run([...ready.map(turn("ready")), ...drain.map(turn("drain"))]);
  }

  async remove(names: string[]): Promise<void> {
    const present = new Set((await this.servers()).map(({ name }) => name));
    const servers = names.filter((name) => present.has(name)).map((name) => `${this.backend}/${name}`);
    await this.api.run(
      servers.flatMap((server) => [
        command("set server", server, "state maint"),
        command("shutdown sessions server", server),
      ]),
    );
    await Promise.all(servers.map((server) => this.removeServer(server)));
    for (const name of names) await this.api.attempt(command("del map", checksMap(this.service), name));
  }

  async commit(backend: BackendDocument, servers: NewServer[]): Promise<void> {
    const lines = servers.map((server) => serverLine(server, backend));
    await this.install(backend, lines, asLines(checkLines(servers)));
  }

  async retire(drain: number): Promise<void> {
    const routes = (await this.relay.request("read", routesFile(this.service))).split("\n").filter(Boolean);
    for (const route of routes) {
      await this.api.attempt(command("del map", routesMap, route.split(" ")[0] ?? ""));
    }
    const names = (await this.servers()).map(({ name }) => name);
    await this.shift({ ready: [], drain: names });
    await until(async () => (await this.servers()).every(({ active }) => active === 0), { within: drain });
    // From here on a restart does not know the service; until the next one its empty backend does no harm.
    await this.shell(removeScript(this.service));
    await this.remove(names);
  }

  async close(): Promise<void> {
    await this.relay.close();
  }

  /** Committed, and in the running edge, exactly as wanted. */
  private async isDeclared(backend: BackendDocument): Promise<boolean> {
    const [config, routes, owed, [known = ""]] = await Promise.all([
      this.relay.request("read", backendFile(this.service)),
      this.relay.request("read", routesFile(this.service)),
      this.shell(`ls ${reloadOwedFile(this.service)} 2>/dev/null || true`),
      this.api.ask(command("show servers state", this.backend)),
    ]);
    return (
      withoutServers(config) === backendConfig(this.service, backend) &&
      routes === asLines(routeLines(this.service, backend.routes)) &&
      owed.trim() === "" &&
      !/can't find backend/i.test(known)
    );
  }

  /** Checks the whole set with the new files in their places, and then puts them there. */
  private async install(backend: BackendDocument, serverLines: string[], checks: string): Promise<void> {
    const { service } = this;
    await this.write(`${backendFile(service)}.new`, backendConfig(service, backend) + asLines(serverLines));
    await this.write(`${routesFile(service)}.new`, asLines(routeLines(service, backend.routes)));
    await this.write(`${checksFile(service)}.new`, checks);
    await this.shell(installScript(service));
  }

  private async setCheckPath(name: string, path: string): Promise<void> {
    const map = checksMap(this.service);
    const unknown = await this.api.attempt(command("set map", map, name, path));
    if (unknown) await this.api.run([command("add map", map, name, path)]);
  }

  /** Out of service it is already; that a pooled connection keeps its name for longer does no harm. */
  private async removeServer(server: string): Promise<void> {
    await until(async () => !(await this.api.attempt(command("del server", server))), {
      within: releasesWithin,
    });
  }

  private async write(name: string, text: string): Promise<void> {
    await this.relay.request("write", `${name}\n${text}`);
  }

  private async shell(script: string): Promise<string> {
    return this.relay.request("shell", script);
  }
}

function asLines(lines: string[]): string {
  return lines.map((line) => `${line}\n`).join("");
}
