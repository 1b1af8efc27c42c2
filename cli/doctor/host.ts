import { statfs } from "node:fs/promises";
import { execa } from "execa";
import { docker, type DockerHost } from "../../components/docker/docker.ts";
import type { ParsedHost } from "../../components/config/hosts.ts";
import { answersWithin, askHost } from "../askHost.ts";
import { bytes } from "../format.ts";
import { failure, ok, warning, type Check } from "./check.ts";
import { checkPort, type WantedPort } from "./ports.ts";
import { atLeast, oldestDocker } from "./versions.ts";

/** What is to be checked of a host. */
export interface HostToCheck {
  name: string;
  host: ParsedHost;
  ports: WantedPort[];
  /** The images that it has to have, or to get. */
  images: string[];
}

/** A clock that is further off makes logs hard to follow, and certificates invalid. In milliseconds. */
const clockMayDiffer = 2_000;
const littleDisk = 2 * 2 ** 30;
const noDisk = 0.5 * 2 ** 30;

export async function checkHost(
  { name, host, ports, images }: HostToCheck,
  stack: { project: string; stack: string },
  inRegistry: (image: string) => Promise<boolean>,
): Promise<Check[]> {
  const what = `host ${name}`;
  if (host.state === "lost") return [ok(what, "marked lost, not looked at")];
  const engine: DockerHost = { name, docker: host.docker };
  const answer = await askHost(engine, stack);
  if (!answer.reachable) {
    const mend = reachMend(host.docker, answer.problem) ?? `docker -H ${host.docker} version`;
    return [failure(what, `${host.docker} does not answer: ${answer.problem}`, mend)];
  }
  const version = atLeast(answer.version, oldestDocker)
    ? ok(what, `Docker ${answer.version} at ${host.docker}`)
    : failure(what, `Docker ${answer.version} is too old`, `install Docker Engine ${oldestDocker} or later`);
  const checks = await Promise.all([
    ssh(name, host.docker),
    clock(engine),
    disk(engine),
    ...ports.map((port) => checkPort(engine, host.address, port, answer.containers)),
    ...images.map((image) => checkImage(engine, image, inRegistry)),
  ]);
  return [version, ...checks.flat()];
}

/** What ssh or the engine complain about, and what helps. */
export function reachMend(endpoint: string, problem: string): string | undefined {
  const target = endpoint.replace(/^ssh:\/\//, "").replace(/:(\d+)$/, " -p $1");
  if (/docker.*(not found|no such file)/i.test(problem)) return "install Docker Engine on the host";
  if (/permission denied.*docker\.sock|docker\.sock.*permission denied/i.test(problem)) {
    return "on the host: sudo usermod -aG docker <user>, and log in anew";
  }
  if (!endpoint.startsWith("ssh://")) return undefined;
  if (/permission denied/i.test(problem)) return `ssh-copy-id ${target}`;
  if (/host key verification/i.test(problem)) return `ssh ${target} true, and compare the key that it shows`;
  return `ssh ${target} docker version`;
}

/** Every call of docker's is a connection of its own over ssh, unless ssh shares one. */
async function ssh(name: string, endpoint: string): Promise<Check[]> {
  if (!endpoint.startsWith("ssh://")) return [];
  const { username, hostname, port } = new URL(endpoint);
  const args = [...(username ? ["-l", username] : []), ...(port ? ["-p", port] : []), "--", hostname];
  const result = await execa("ssh", ["-G", ...args], { reject: false, stdin: "ignore" });
  const what = `host ${name} ssh`;
  if (sharesConnections(result.stdout ?? "")) return [ok(what, "connections are shared")];
  return [
    warning(
      what,
      "every call is a connection of its own, which is slow and may meet the server's MaxStartups",
      `in ~/.ssh/config: Host ${hostname} / ControlMaster auto / ControlPath ~/.ssh/%C / ControlPersist 60`,
    ),
  ];
}

/** Whether `ssh -G` says that one connection is used for several calls. */
export function sharesConnections(settings: string): boolean {
  const of = (key: string) => new RegExp(`^${key} (.+)$`, "m").exec(settings)?.[1] ?? "none";
  return !["none", "no", "false"].includes(of("controlmaster")) && of("controlpath") !== "none";
}

async function clock(engine: DockerHost): Promise<Check> {
  const what = `host ${engine.name} clock`;
  const before = Date.now();
  const answer = Date.parse(
    await docker(engine, ["info", "--format", "{{.SystemTime}}"], { within: answersWithin }),
  );
  const after = Date.now();
  const off = answer < before ? before - answer : Math.max(0, answer - after);
  if (Number.isNaN(off)) return warning(what, "it does not say its time", "see that it is synchronized");
  if (off <= clockMayDiffer) return ok(what, "agrees with this machine's");
  const seconds = (off / 1000).toFixed(1);
  return warning(
    what,
    `${seconds} s ${answer < before ? "behind" : "ahead of"} this machine's`,
    "synchronize both: timedatectl set-ntp true",
  );
}

/** The disk that images and containers are on. */
async function disk(engine: DockerHost): Promise<Check> {
  const what = `host ${engine.name} disk`;
  const root = await docker(engine, ["info", "--format", "{{.DockerRootDir}}"], { within: answersWithin });
  const free = await freeAt(engine.docker, root).catch(() => undefined);
  if (free === undefined)
    return warning(what, `${root} cannot be looked at from here`, `on the host: df -h ${root}`);
  const found = `${bytes(free)} free at ${root}`;
  const mend = `docker -H ${engine.docker} system prune`;
  if (free < noDisk) return failure(what, found, mend);
  return free < littleDisk ? warning(what, found, mend) : ok(what, found);
}

async function freeAt(endpoint: string, root: string): Promise<number | undefined> {
  if (endpoint.startsWith("unix://")) {
    const { bavail, bsize } = await statfs(root);
    return bavail * bsize;
  }
  if (!endpoint.startsWith("ssh://")) return undefined;
  const result = await execa(
    "ssh",
    ["-o", "BatchMode=yes", "-o", "ConnectTimeout=5", endpoint, "df", "-Pk", `'${root}'`],
    { reject: false, stdin: "ignore", timeout: answersWithin },
  );
  return dfFree(result.stdout ?? "");
}

/** The fourth column of `df -Pk`, in bytes. */
export function dfFree(text: string): number | undefined {
  const kilobytes = Number(text.trim().split("\n").at(-1)?.split(/\s+/)[3]);
  return Number.isFinite(kilobytes) ? kilobytes * 1024 : undefined;
}

async function checkImage(
  engine: DockerHost,
  image: string,
  inRegistry: (image: string) => Promise<boolean>,
): Promise<Check> {
  const what = `host ${engine.name} image`;
  const present = await docker(engine, ["image", "inspect", "--format", "{{.Id}}", image], {
    within: answersWithin,
  }).then(
    () => true,
    () => false,
  );
  if (present) return ok(what, image);
  if (await inRegistry(image)) return ok(what, `${image} is in its registry, the first update pulls it`);
  return failure(
    what,
    `${image} is not there, and this machine does not find it in a registry`,
    `docker -H ${engine.docker} pull ${image}`,
  );
}

/** Whether the registry has an image, as far as this machine may see it. Each is asked for once. */
export function registry(): (image: string) => Promise<boolean> {
  const asked = new Map<string, Promise<boolean>>();
  const ask = async (image: string) => {
    const { exitCode } = await execa("docker", ["manifest", "inspect", image], {
      reject: false,
      stdin: "ignore",
      timeout: 10_000,
    });
    return exitCode === 0;
  };
  return (image) => {
    const answer = asked.get(image) ?? ask(image);
    asked.set(image, answer);
    return answer;
  };
}
