import type { Input } from "@pulumi/pulumi";

/**
 * A length of time: a number and its unit, `ms`, `s` or `m`, from `"1ms"` to `"1440m"`: `"500ms"`, `"2s"`, `"1.5m"`.
 */
export type Duration = string;

/** An amount of memory: a number and its unit, `m` (MiB) or `g` (GiB), at least `"6m"`: `"256m"`, `"1.5g"`. */
export type MemorySize = string;

// An object, and not only a union of texts, because that is an enumeration for programs in other languages.
export const HostState = {
  /** It runs replicas. */
  Active: "active",
  /** Its replicas move to other hosts with the next update; the host itself stays reachable. */
  Drain: "drain",
  /**
   * It does not answer any more. Nothing on it is called, everything on it is forgotten, and its replicas run elsewhere.
   */
  Lost: "lost",
} as const;
/**
 * What a host is used for.
 *
 * - `active`: it runs replicas.
 * - `drain`: its replicas move to other hosts with the next update; the host itself stays reachable.
 * - `lost`: it does not answer any more. Nothing on it is called, everything on it is forgotten, and its replicas
 *   run elsewhere.
 */
export type HostState = (typeof HostState)[keyof typeof HostState];

/** A machine, real or logical, with a Docker Engine that replicas run on. */
export interface HostArgs {
  /**
   * The private IPv4 address under which the edges reach this host. Its gateway listens on this address only.
   * @example "10.0.0.11"
   */
  address: string;
  /**
   * The endpoint of the host's Docker Engine: `ssh://user@name[:port]`, `unix:///path` or `tcp://address:port`. Without
   * a user, ssh's own configuration decides.
   * @default `ssh://root@<address>`
   */
  docker?: string;
  /**
   * The port that the host's gateway listens on. Hosts that share an address need different ones.
   * @default 7080
   */
  gatewayPort?: number;
  /**
   * Free labels that placement constraints may name. `zone` is known: replicas are spread over zones first.
   * @default {}
   * @example { zone: "fra1", disk: "ssd" }
   */
  labels?: Record<string, string>;
  /** What the host is used for. @default "active" */
  state?: HostState;
}

/** Where requests for a service come in. A request belongs to the service with the longest path for its host name. */
export interface RouteArgs {
  /**
   * The host name of the request, compared without its port and without regard to case.
   * @default any host name that no other route names
   * @example "shop.example.com"
   */
  host?: string;
  /**
   * The beginning of the request's path, in whole segments: `/api` matches `/api` and `/api/x`, not `/apix`.
   * @default "/"
   */
  path?: string;
}

/** How the edge decides whether a replica may serve: `GET path` through the gateway must answer 2xx or 3xx. */
export interface HealthCheckArgs {
  /** What is asked for. @default "/" */
  path?: string;
  /**
   * The time between two checks of a healthy replica. A replica that is starting, or that failed its last check, is
   * checked more often. The default is longer for more than 400 replicas: a second for every 200, so that an edge makes no
   * more than 200 checks a second for a service.
   * @default "2s"
   */
  interval?: Duration;
  /**
   * How long one check may take.
   * @default "2s"
   */
  timeout?: Duration;
}

/** What one replica may use of its host. */
export interface ResourcesArgs {
  /** The hard limit of its memory, after which the kernel ends it. @default no limit */
  memory?: MemorySize;
  /** The share of processors that it may use: `0.5` is half of one. @default no limit */
  cpus?: number;
}

/** Where replicas may run. */
export interface PlacementArgs {
  /**
   * Labels that a host must have, with these values.
   * @default {} (every host)
   * @example { disk: "ssd" }
   */
  constraints?: Record<string, string>;
  /**
   * The most replicas that one host may run. More replicas than the eligible hosts may take is an error in the
   * preview.
   * @default no limit
   */
  maxPerHost?: number;
}

/** How a release goes. */
export interface RolloutArgs {
  /**
   * How long each host may take to get the image and make a new replica of it. After that the release has failed, before
   * anything was started.
   * @default "10m"
   */
  pull?: Duration;
  /**
   * How long the new replicas may take until every one of them is healthy on every edge. After that the release has
   * failed, and the old replicas go on serving.
   * @default "2m"
   */
  deadline?: Duration;
  /**
   * How long the new replicas are watched under your users' requests, before the release counts as done. Until then the
   * old ones stay ready, and get the traffic back at once when the new ones fail or are slow.
   * @default "1s"
   */
  bake?: Duration;
  /**
   * How many requests the new replicas must have had before they are judged. With fewer of them a release is not found
   * to be bad.
   * @default 10
   */
  minRequests?: number;
  /**
   * By how many percentage points more of the new replicas' answers may be 5xx than of the old replicas' before. A few
   * failures that may be chance are not enough. 100 is no limit.
   * @default 5
   */
  maxErrorRate?: number;
  /**
   * How many times as long as the old replicas before them the new ones may take, on average, until an answer begins. A
   * difference of less than 250 ms is never too much. 1000 is as good as no limit.
   * @default 5
   */
  maxLatencyFactor?: number;
  /**
   * How long the old replicas may take to answer the requests that they have when the traffic moves. Then what is left
   * is cut.
   * @default "30s"
   */
  drain?: Duration;
  /**
   * How long answers that have begun may go on after the traffic has moved: WebSockets, server-sent events, downloads.
   * From half of that time on they are cut one after the other, so that their clients do not all come back at once.
   * @default "1m"
   */
  drainStreams?: Duration;
}

/** What a service is made of, apart from its environment. */
export interface ServiceBase {
  /** How many replicas run. @default 1 */
  replicas?: number;
  /** The TCP port on which the application listens for HTTP inside its container. @default 8080 */
  port?: number;
  /** The command that the container runs, in place of the image's own. @default the image's */
  command?: string[];
  /** What one replica may use of its host. @default no limits */
  resources?: ResourcesArgs;
  /** How the edge decides whether a replica may serve. @default `GET /` every two seconds */
  healthCheck?: HealthCheckArgs;
  /** Which requests are for this service. @default one route: every host name, every path */
  routes?: RouteArgs[];
  /** Where the replicas run. @default every active host, spread evenly */
  placement?: PlacementArgs;
  /**
   * How long a replica may take to leave after SIGTERM, before it is killed. The old replicas get SIGTERM when they
   * have no request left.
   * @default "10s"
   */
  stopGrace?: Duration;
  /**
   * How a release goes.
   * @default a deadline of two minutes, one second of watching, thirty seconds of drain
   */
  rollout?: RolloutArgs;
}

/** A service as a stack's configuration says it. */
export interface ServiceConfig extends ServiceBase {
  /** The image that the replicas run. @example "registry.example.com/acme/web:1.4" */
  image: string;
  /** Environment variables in plain text. @default {} */
  env?: Record<string, string>;
  /**
   * Environment variables whose values are secrets: each names a configuration key of this stack that was set with
   * `pulumi config set --secret <key>`.
   * @default {}
   * @example { DATABASE_URL: "databaseUrl" }
   */
  secretEnv?: Record<string, string>;
}

/** The load balancer as a stack's configuration says it. */
export interface LoadBalancerConfig {
  /** The hosts that run an edge: the machines that clients connect to. */
  hosts: string[];
  /** The port, on every address of the edge hosts, that clients connect to. @default 80 */
  port?: number;
  /**
   * The port, on the edge host's private address, of the statistics page and the Prometheus metrics (`/metrics`).
   * @default 8404
   */
  statsPort?: number;
}

/** Everything that a stack's configuration says. */
export interface StackConfig {
  /**
   * The stack that has the hosts and the edges for the services of this one: `<name>` for one of the same project, or
   * `<organization>/<project>/<name>`. A stack that has its own `<name>` here is the platform of others.
   * @default the stack has hosts and edges of its own, for its own services only
   */
  platform?: string;
  /** By name: lower-case letters, digits and hyphens, at most 20. */
  hosts: Record<string, HostArgs>;
  loadBalancer: LoadBalancerConfig;
  /** By name: lower-case letters, digits and hyphens, at most 29. */
  services: Record<string, ServiceConfig>;
  /**
   * The HAProxy image of edges and gateways: 2.6 or later, based on Debian (a shell and Perl are used inside it).
   * @default "haproxy:3.2"
   */
  haproxyImage?: string;
  /**
   * Another number than before makes a new key for the gateways. They go on to accept the one before it, until the next
   * new one.
   * @default 1
   */
  gatewayKeyVersion?: number;
}

/** The arguments of a replica set. What decides how many containers exist is plain, so that a preview can count. */
export interface ReplicaSetSettings extends ServiceBase {
  /** The image that the replicas run. */
  image: Input<string>;
  /** Environment variables; secret values stay secret. @default {} */
  env?: Record<string, Input<string>>;
}
