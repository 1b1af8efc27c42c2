import { createHash, randomBytes, randomUUID } from "node:crypto";

/** An answer of the Docker Engine's API: a status, and a body where there is one. */
export interface Answer {
  status: number;
  body?: unknown;
}

interface CreateContainer {
  Image: string;
  Labels?: Record<string, string>;
  HostConfig?: Record<string, unknown>;
  NetworkingConfig?: { EndpointsConfig?: Record<string, unknown> };
  [key: string]: unknown;
}

interface Container {
  id: string;
  name: string;
  config: CreateContainer;
  networks: Map<string, Network>;
  created: string;
  started?: string;
  running: boolean;
}

interface Network {
  id: string;
  name: string;
  subnet: string;
  config: Record<string, unknown>;
}

interface Volume {
  name: string;
  config: Record<string, unknown>;
}

const never = "0001-01-01T00:00:00Z";
const missing = (what: string): Answer => ({ status: 404, body: { message: `No such ${what}` } });
const done: Answer = { status: 204 };

/**
 * A Docker Engine as far as the provider and the traffic program ask for it: it remembers what it is told, and runs
 * nothing. Its container starts at once and ends at once.
 */
export class SimulatedEngine {
  readonly name: string;
  private readonly id = randomUUID();
  private readonly containers = new Map<string, Container>();
  private readonly networks = new Map<string, Network>();
  private readonly volumes = new Map<string, Volume>();

  private readonly images: readonly string[];

  /** @param images those that it has; it pulls none */
  constructor(name: string, images: readonly string[]) {
    this.name = name;
    this.images = images;
    this.network("POST", "create", "", new URLSearchParams(), { Name: "bridge" });
  }

  /** Whether a container of this name runs here. */
  runs(container: string): boolean {
    return this.containers.get(container)?.running === true;
  }

  answer(method: string, path: string, query: URLSearchParams, body: unknown): Answer {
    const [kind = "", name = "", action = ""] = path.split("/").filter(Boolean).map(decodeURIComponent);
    switch (kind) {
      case "version":
        return { status: 200, body: version };
      case "info":
        return {
          status: 200,
          body: {
            ID: this.id,
            Name: this.name,
            ...version,
            ServerVersion: version.Version,
            Swarm: { LocalNodeState: "inactive" },
          },
        };
      case "images":
        return this.image(path);
      case "networks":
        return this.network(method, name, action, query, body as Record<string, unknown>);
      case "volumes":
        return this.volume(method, name, query, body as Record<string, unknown>);
      case "containers":
        return this.container(method, name, action, query, body as CreateContainer);
      default:
        return { status: 501, body: { message: `a simulated engine does not know ${method} ${path}` } };
    }
  }

  private image(path: string): Answer {
    if (path === "/images/json") return { status: 200, body: this.images.map(imageText) };
    const name = decodeURIComponent(path.replace(/^\/images\//, "").replace(/\/json$/, ""));
    const image = this.images.find((each) => each === name || imageText(each).Id === name);
    return image
      ? { status: 200, body: { ...imageText(image), Created: never, Config: {} } }
      : missing(`image: ${name}`);
  }

  private network(
    method: string,
    name: string,
    action: string,
    query: URLSearchParams,
    body: Record<string, unknown>,
  ): Answer {
    if (name === "" && method === "GET") {
      return {
        status: 200,
        body: [...this.networks.values()]
          .filter(({ config }) => labelled(config.Labels, query))
          .map(networkText),
      };
    }
    if (name === "create") {
      const network = {
        id: newId(),
        name: String(body.Name),
        subnet: `172.${18 + (this.networks.size % 12)}.0.0/16`,
        config: body,
      };
      this.networks.set(network.name, network);
      return { status: 201, body: { Id: network.id, Warning: "" } };
    }
    const network = this.networks.get(name) ?? [...this.networks.values()].find(({ id }) => id === name);
    if (!network) return missing(`network: ${name}`);
    if (method === "DELETE") this.networks.delete(network.name);
    const container = this.containerOf(String(body?.Container ?? ""));
    if (action === "connect") container?.networks.set(network.name, network);
    if (action === "disconnect") container?.networks.delete(network.name);
    return method === "GET"
      ? { status: 200, body: networkText(network) }
      : { status: method === "DELETE" ? 204 : 200 };
  }

  private volume(
    method: string,
    name: string,
    query: URLSearchParams,
    body: Record<string, unknown>,
  ): Answer {
    if (name === "" && method === "GET") {
      const found = [...this.volumes.values()].filter(({ config }) => labelled(config.Labels, query));
      return { status: 200, body: { Volumes: found.map(volumeText), Warnings: [] } };
    }
    if (name === "create") {
      const volume = { name: String(body.Name || newId()), config: body };
      this.volumes.set(volume.name, volume);
      return { status: 201, body: volumeText(volume) };
    }
    const volume = this.volumes.get(name);
    if (!volume) return missing(`volume: ${name}`);
    if (method !== "DELETE") return { status: 200, body: volumeText(volume) };
    this.volumes.delete(name);
    return done;
  }

  private container(
    method: string,
    name: string,
    action: string,
    query: URLSearchParams,
    body: CreateContainer,
  ): Answer {
    if (name === "json") return this.list(query);
    if (name === "create") return this.create(query.get("name") ?? newId().slice(0, 12), body);
    const container = this.containerOf(name);
    if (!container) return missing(`container: ${name}`);
    switch (`${method} ${action}`) {
      case "GET json":
        return { status: 200, body: inspected(container) };
      case "POST start":
        container.running = true;
        container.started = new Date().toISOString();
        return done;
      case "POST stop":
      case "POST kill":
        container.running = false;
        return done;
      case "POST wait":
        return { status: 200, body: { StatusCode: 0 } };
      case "POST update":
        return { status: 200, body: { Warnings: [] } };
      case "POST rename":
        this.containers.delete(container.name);
        container.name = query.get("name") ?? container.name;
        this.containers.set(container.name, container);
        return done;
      case "PUT archive":
        return { status: 200 };
      case "GET logs":
        return { status: 200 };
      case "DELETE ":
        this.containers.delete(container.name);
        return done;
      default:
        return {
          status: 501,
          body: { message: `a simulated engine does not know ${method} ${action} of a container` },
        };
    }
  }

  private containerOf(nameOrId: string): Container | undefined {
    return (
      this.containers.get(nameOrId) ??
      [...this.containers.values()].find(({ id }) => nameOrId !== "" && id.startsWith(nameOrId))
    );
  }

  private create(name: string, config: CreateContainer): Answer {
    if (this.containers.has(name)) {
      return { status: 409, body: { message: `Conflict. The container name "/${name}" is already in use` } };
    }
    const attached = ["bridge", ...Object.keys(config.NetworkingConfig?.EndpointsConfig ?? {})];
    const networks = new Map<string, Network>();
    for (const each of attached) {
      const network = this.networks.get(each);
      if (network) networks.set(each, network);
    }
    const container: Container = {
      id: newId(),
      name,
      config,
      networks,
      created: new Date().toISOString(),
      running: false,
    };
    this.containers.set(name, container);
    return { status: 201, body: { Id: container.id, Warnings: [] } };
  }

  private list(query: URLSearchParams): Answer {
    const statuses = filter(query, "status");
    const found = [...this.containers.values()].filter(
      ({ config, running }) =>
        labelled(config.Labels, query) &&
        (statuses.length === 0
          ? running || query.get("all") === "1"
          : statuses.includes(running ? "running" : "exited")),
    );
    return {
      status: 200,
      body: found.map(({ id, name, config, running, created }) => ({
        Id: id,
        Names: [`/${name}`],
        Image: config.Image,
        ImageID: config.Image,
        Command: "",
        Created: Math.floor(Date.parse(created) / 1000),
        Labels: config.Labels ?? {},
        State: running ? "running" : "exited",
        Status: running ? "Up" : "Exited (0)",
        Ports: [],
        HostConfig: {},
        NetworkSettings: { Networks: {} },
        Mounts: [],
      })),
    };
  }
}

const version = {
  Version: "24.0.0",
  ApiVersion: "1.43",
  MinAPIVersion: "1.12",
  Os: "linux",
  Arch: "amd64",
  OSType: "linux",
  Architecture: "x86_64",
};

function newId(): string {
  return randomBytes(32).toString("hex");
}

/** The values of one of `docker ... --filter`'s filters. */
function filter(query: URLSearchParams, name: string): string[] {
  const filters = JSON.parse(query.get("filters") || "{}") as Record<
    string,
    Record<string, boolean> | string[]
  >;
  const values = filters[name] ?? [];
  return Array.isArray(values) ? values : Object.keys(values);
}

function labelled(labels: unknown, query: URLSearchParams): boolean {
  const present = (labels ?? {}) as Record<string, string>;
  return filter(query, "label").every((wanted) => {
    const [name = "", ...value] = wanted.split("=");
    return value.length === 0 ? name in present : present[name] === value.join("=");
  });
}

function imageText(name: string) {
  const id = createHash("sha256").update(name).digest("hex");
  return { Id: `sha256:${id}`, RepoTags: [name], RepoDigests: [], Size: 1, Created: 0, Labels: {} };
}

function networkText({ id, name, subnet, config }: Network): unknown {
  return {
    Id: id,
    Name: name,
    Driver: "bridge",
    Scope: "local",
    EnableIPv6: false,
    Internal: false,
    Attachable: false,
    Ingress: false,
    Options: {},
    ...config,
    IPAM: {
      Driver: "default",
      Options: null,
      Config: [{ Subnet: subnet, Gateway: subnet.replace("0.0/16", "0.1") }],
    },
    Containers: {},
    ConfigOnly: false,
  };
}

function volumeText({ name, config }: Volume): unknown {
  return {
    Name: name,
    Driver: "local",
    Mountpoint: `/simulated/${name}`,
    Labels: config.Labels ?? {},
    Scope: "local",
    Options: null,
  };
}

function inspected({ id, name, config, networks, created, started, running }: Container): unknown {
  const { HostConfig = {}, ...own } = config;
  return {
    Id: id,
    Created: created,
    Path: "/simulated",
    Args: [],
    State: {
      Status: running ? "running" : "exited",
      Running: running,
      Paused: false,
      Restarting: false,
      OOMKilled: false,
      Dead: false,
      Pid: running ? 1 : 0,
      ExitCode: 0,
      Error: "",
      StartedAt: started ?? never,
      FinishedAt: never,
    },
    Image: `sha256:${"0".repeat(64)}`,
    Name: `/${name}`,
    RestartCount: 0,
    Driver: "overlay2",
    Platform: "linux",
    MountLabel: "",
    ProcessLabel: "",
    AppArmorProfile: "",
    ExecIDs: null,
    HostConfig: { ...HostConfig },
    GraphDriver: { Data: {}, Name: "overlay2" },
    Mounts: [],
    Config: own,
    NetworkSettings: {
      // Without them the provider takes the ports for new, and replaces the container at every update.
      Ports: running ? (HostConfig.PortBindings ?? {}) : {},
      Networks: Object.fromEntries(
        [...networks].map(([network, { id: networkId, subnet }]) => [
          network,
          {
            NetworkID: networkId,
            EndpointID: "e",
            Gateway: subnet.replace("0.0/16", "0.1"),
            IPAddress: subnet.replace("0.0/16", "0.9"),
            IPPrefixLen: 16,
            MacAddress: "",
            Aliases: [name],
          },
        ]),
      ),
    },
  };
}
