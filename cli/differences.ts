import { isImage } from "../components/image/reference.ts";
import { count } from "../components/rollout/report.ts";
import { edgesOf, type Found, type Wanted } from "./inventory.ts";
import { ownCommand, pulumiCommand } from "./names.ts";
import type { ReplicaStatus, Status } from "./status.ts";

/** Something that is not as the stack wants it, and the command that mends it. */
export interface Difference {
  /** For scripts. */
  kind:
    | "host-unreachable"
    | "edge-unreachable"
    | "gateway-not-running"
    | "container-not-running"
    | "container-missing"
    | "replica-unhealthy"
    | "replica-not-served"
    | "replica-unwanted"
    | "service-held"
    | "candidate-left-over"
    | "removal-pending"
    | "container-unknown"
    | "not-deployed"
    | "update-interrupted";
  /** What and where: `web-h3-1a2b3c4 on h3`. */
  subject: string;
  /** The service that it belongs to; `null` for hosts and edges. */
  service: string | null;
  problem: string;
  /** To be typed as it stands. */
  mend: string;
}

/**
 * Compares what is wanted with what was found. What a rollout that runs is about to change itself is no difference; nor
 * is what an update has left that was killed, as long as the next one mends it.
 */
export function differences(wanted: Wanted, found: Found, status: Omit<Status, "differences">): Difference[] {
  const moving = new Set(status.services.filter(({ rollout }) => rollout).map(({ name }) => name));
  // In the state, an update that runs looks like one that was killed. Advice that is for neither would do harm then.
  const interrupted = moving.size > 0 ? [] : interruption(wanted);
  const isSettled = (service: string | null) =>
    interrupted.length === 0 && (service === null || !moving.has(service));
  return [
    ...interrupted,
    ...unreachableHosts(wanted, status),
    ...edgesAndGateways(wanted, found, status),
    ...held(status),
    ...status.replicas
      .filter(({ service }) => isSettled(service))
      .flatMap((replica) => ofReplica(replica, status)),
    ...notDeployed(wanted).filter(({ service }) => isSettled(service)),
  ];
}

function interruption({ state }: Wanted): Difference[] {
  if (state.interrupted.length === 0) return [];
  return [
    {
      kind: "update-interrupted",
      subject: `stack ${state.stack}`,
      service: null,
      problem: `an update was killed while it was ${state.interrupted.join(", ")}, or is at it right now`,
      mend: `${pulumiCommand()} refresh --stack ${state.stack}`,
    },
  ];
}

function unreachableHosts(
  { state }: Wanted,
  { hosts, replicas, stack }: Omit<Status, "differences">,
): Difference[] {
  const platform = edgesOf(state)[0]?.platform;
  return hosts.flatMap(({ name, docker, state, reachable, problem }): Difference[] => {
    // One that is new is named under what has not been deployed.
    const known = replicas.some(({ host }) => host === name) || problem !== "not in the stack's state yet";
    if (reachable || state === "lost" || !known) return [];
    const affected = replicas.filter(({ host, role }) => host === name && role === "wanted").length;
    const cost = affected > 0 ? `; ${count(affected, "replica")} should run there` : "";
    return [
      {
        kind: "host-unreachable",
        subject: `host ${name}`,
        service: null,
        problem: `its Docker Engine at ${docker} does not answer: ${problem}${cost}`,
        mend: `${ownCommand()} lost ${name} --stack ${platform ?? stack}`,
      },
    ];
  });
}

function edgesAndGateways(
  { state }: Wanted,
  found: Found,
  { edges, hosts }: Omit<Status, "differences">,
): Difference[] {
  const endpoint = (host: string) => hosts.find(({ name }) => name === host)?.docker ?? "";
  const silent = edges.flatMap(({ host, container, reachable, problem }): Difference[] => {
    // Of a host that does not answer this is no news.
    if (reachable || !found.hosts.get(host)?.reachable) return [];
    return [
      {
        kind: "edge-unreachable",
        subject: `the edge on ${host}`,
        service: null,
        problem: `does not answer: ${problem}`,
        mend: `docker -H ${endpoint(host)} restart ${container}`,
      },
    ];
  });
  const gateways = state.containers.flatMap(({ name, role, host, leaving }): Difference[] => {
    const answer = found.hosts.get(host);
    if (role !== "gateway" || leaving || !answer?.reachable) return [];
    const status = answer.containers.find((each) => each.name === name)?.status ?? "missing";
    if (status === "running") return [];
    return [
      {
        kind: "gateway-not-running",
        subject: `the gateway on ${host}`,
        service: null,
        problem: `is ${status}; no request reaches the replicas on this host`,
        mend:
          status === "missing"
            ? `${pulumiCommand()} up --refresh --stack ${state.stack}`
            : `docker -H ${endpoint(host)} restart ${name}`,
      },
    ];
  });
  return [...silent, ...gateways];
}

/** Somebody wants it so, for a while: it must not be forgotten. */
function held({ services, edges, stack }: Omit<Status, "differences">): Difference[] {
  return services.flatMap(({ name, hold }): Difference[] => {
    if (!hold) return [];
    const where = hold.edges.length < edges.length ? ` at ${edgesNamed(hold.edges)}` : "";
    const problem = {
      maintenance: `is in maintenance${where}: requests get a 503`,
      paused: `is paused${where}: ${count(hold.waiting, "request")} waiting, ${hold.left} s left`,
      "pause-over": `is paused${where}, and the time of the pause is over: requests get a 503`,
    }[hold.kind];
    const mend = hold.kind === "maintenance" ? `maintenance off ${name}` : `resume ${name}`;
    return [
      {
        kind: "service-held",
        subject: `service ${name}`,
        service: name,
        problem,
        mend: `${ownCommand()} ${mend} --stack ${stack}`,
      },
    ];
  });
}

function ofReplica(replica: ReplicaStatus, status: Omit<Status, "differences">): Difference[] {
  const { service, container, host } = replica;
  const named = { subject: `${container} on ${host}`, service };
  const endpoint = status.hosts.find(({ name }) => name === host)?.docker ?? "";
  const served = replica.edges.filter(({ state }) => state === "ready").map(({ edge }) => edge);
  const update = `${pulumiCommand()} up --stack ${status.stack}`;
  if (replica.role !== "wanted") {
    if (served.length > 0) {
      return [
        {
          kind: "replica-unwanted",
          ...named,
          problem: `gets traffic from ${edgesNamed(served)}, but the last rollout does not have it`,
          mend: `${ownCommand()} repair ${service} --stack ${status.stack}`,
        },
      ];
    }
    switch (replica.role) {
      case "candidate":
        return [
          {
            kind: "candidate-left-over",
            ...named,
            problem: `candidate (${replica.image}) of an update that did not succeed; gets no traffic`,
            mend: update,
          },
        ];
      case "leaving":
        return [
          {
            kind: "removal-pending",
            ...named,
            problem: "is to go with the next update that succeeds",
            mend: update,
          },
        ];
      case "stranger":
        return [
          {
            kind: "container-unknown",
            ...named,
            problem: "carries the stack's labels, but no state knows it",
            mend: `docker -H ${endpoint} rm --force --volumes ${container}`,
          },
        ];
    }
  }
  switch (replica.status) {
    case "unknown":
      // Its host is named.
      return [];
    case "missing":
      return [
        {
          kind: "container-missing",
          ...named,
          problem: "is not there",
          mend: `${pulumiCommand()} up --refresh --stack ${status.stack}`,
        },
      ];
    case "running":
      return atTheEdges(replica, status.stack).map((difference) => ({ ...named, ...difference }));
    case "restarting":
      return [
        {
          kind: "container-not-running",
          ...named,
          problem: `does not stay up: ${count(replica.restarts, "restart")}`,
          mend: `${ownCommand()} logs ${service} --replica ${container} --stack ${status.stack}`,
        },
      ];
    default:
      return [
        {
          kind: "container-not-running",
          ...named,
          problem: `is ${replica.status}, not running`,
          mend: `docker -H ${endpoint} ${replica.status === "paused" ? "unpause" : "start"} ${container}`,
        },
      ];
  }
}

/** What the edges have against a wanted container that runs. */
function atTheEdges(
  { service, container, edges }: ReplicaStatus,
  stack: string,
): Pick<Difference, "kind" | "problem" | "mend">[] {
  const out = edges.filter(({ state }) => state !== "ready");
  if (out.length > 0) {
    const states = [...new Set(out.map(({ state }) => (state === "absent" ? "not known" : `in ${state}`)))];
    return [
      {
        kind: "replica-not-served",
        problem: `runs, but gets no traffic: it is ${states.join(" and ")} at ${edgesNamed(out.map(({ edge }) => edge))}`,
        mend: `${ownCommand()} repair ${service} --stack ${stack}`,
      },
    ];
  }
  const failing = edges.filter(({ health }) => health === "down");
  if (failing.length === 0) return [];
  return [
    {
      kind: "replica-unhealthy",
      problem: `fails its checks at ${edgesNamed(failing.map(({ edge }) => edge))}: ${failing[0]?.lastCheck}`,
      mend: `${ownCommand()} logs ${service} --replica ${container} --stack ${stack}`,
    },
  ];
}

function edgesNamed(hosts: string[]): string {
  return hosts.length === 1 ? `the edge on ${hosts[0]}` : `the edges on ${hosts.join(", ")}`;
}

/** What the configuration says that no update has brought yet. */
function notDeployed({ state, config }: Wanted): Difference[] {
  const mend = `${pulumiCommand()} up --stack ${state.stack}`;
  const difference = (subject: string, service: string | null, problem: string): Difference => ({
    kind: "not-deployed",
    subject,
    service,
    problem,
    mend,
  });
  const used = new Set(state.services.flatMap(({ document }) => document.servers.map(({ host }) => host)));
  const hosts = Object.entries(config.hosts ?? {}).flatMap(([name, { state: wanted, address, docker }]) => {
    const known = state.hosts.find((host) => host.name === name);
    const endpoint = docker ?? `ssh://root@${address}`;
    if (!known && wanted !== "lost")
      return [difference(`host ${name}`, null, "is in the configuration, and no update has set it up yet")];
    if (known && wanted === "lost")
      return [
        difference(`host ${name}`, null, "is lost in the configuration, and no update has given it up yet"),
      ];
    if (known && wanted !== "lost" && known.docker !== endpoint) {
      const problem = `is at ${endpoint} in the configuration, and at ${known.docker} for the stack`;
      return [difference(`host ${name}`, null, problem)];
    }
    if (wanted === "drain" && used.has(name))
      return [difference(`host ${name}`, null, "is to drain, and still has wanted replicas")];
    return [];
  });
  if (!config.services) return hosts;
  const present = new Map(state.services.map((service) => [service.name, service]));
  const services = Object.entries(config.services).flatMap(([name, { image, replicas = 1 }]) => {
    const servers = present.get(name)?.document.servers;
    const subject = `service ${name}`;
    if (!servers)
      return [difference(subject, name, "is in the configuration, and no rollout has brought it yet")];
    const running = servers[0]?.image;
    return [
      ...(running !== undefined && !isImage(running, image)
        ? [difference(subject, name, `the configuration asks for ${image}; ${running} was rolled out last`)]
        : []),
      ...(servers.length !== replicas
        ? [
            difference(
              subject,
              name,
              `the configuration asks for ${count(replicas, "replica")}; ${servers.length} were rolled out last`,
            ),
          ]
        : []),
    ];
  });
  const gone = [...present.keys()]
    .filter((name) => !config.services?.[name])
    .map((name) =>
      difference(`service ${name}`, name, "is not in the configuration any more, and still serves"),
    );
  return [...hosts, ...services, ...gone];
}
