import { randomBytes } from "node:crypto";
import { execa } from "execa";
import { docker as engine, haproxyImage } from "../../test/support/edgeContainer.ts";
import { familyOf } from "./processes.ts";

const masterSocket = "/tmp/master.sock";

const converse = `
  use Socket;
  socket(my $master, PF_UNIX, SOCK_STREAM, 0) or die;
  connect($master, sockaddr_un("${masterSocket}")) or die "$!";
  syswrite($master, "$ARGV[0]\\n");
  shutdown($master, 1);
  print while <$master>;`;

/** The containers of a benchmark on this machine's Docker Engine, and a bridge network for those that want it. */
export class Containers {
  private readonly id: string;
  private readonly names: string[] = [];
  /** The network's own subnet, and the address of this machine in it. */
  readonly subnet: string;
  readonly gateway: string;

  private constructor(id: string, subnet: string, gateway: string) {
    this.id = id;
    this.subnet = subnet;
    this.gateway = gateway;
  }

  static async create(): Promise<Containers> {
    const id = `handover-bench-${randomBytes(4).toString("hex")}`;
    await docker("network", "create", id);
    const format = "{{with index .IPAM.Config 0}}{{.Subnet}} {{.Gateway}}{{end}}";
    const [subnet = "", gateway = ""] = (await docker("network", "inspect", "--format", format, id)).split(
      " ",
    );
    return new Containers(id, subnet, gateway);
  }

  /** @returns its name */
  async run(part: string, args: string[], { network = this.id } = {}): Promise<string> {
    const name = `${this.id}-${part}`;
    this.names.push(name);
    await docker("run", "--detach", "--name", name, "--network", network, "--log-driver", "local", ...args);
    return name;
  }

  /**
   * An HAProxy with this configuration.
   * @param prepare what its shell does before it starts
   * @returns its name
   */
  async haproxy(
    part: string,
    config: string,
    {
      args = [],
      network = this.id,
      prepare = "true",
    }: { args?: string[]; network?: string; prepare?: string } = {},
  ): Promise<string> {
    const start = `exec haproxy -W -db -S ${masterSocket} -f /tmp/haproxy.cfg`;
    const script = `printf %s "$0" >/tmp/haproxy.cfg && ${prepare} && ${start}`;
    const command = ["--user", "0", "--entrypoint", "sh", haproxyImage, "-c", script, config];
    return this.run(part, [...args, ...command], { network });
  }

  async address(name: string): Promise<string> {
    return docker("inspect", "--format", "{{range .NetworkSettings.Networks}}{{.IPAddress}}{{end}}", name);
  }

  async [Symbol.asyncDispose](): Promise<void> {
    if (this.names.length > 0) await docker("rm", "--force", "--volumes", ...this.names);
    await docker("network", "rm", this.id);
  }
}

/** Asks the running worker of an HAProxy of {@link Containers} something through its master. */
export async function askHaproxy(container: string, question: string): Promise<string> {
  return docker("exec", container, "perl", "-e", converse, `@1 ${question}`);
}

/** The processes of a container. */
export async function processesOf(container: string): Promise<number[]> {
  return [...(await familyOf(Number(await docker("inspect", "--format", "{{.State.Pid}}", container))))];
}

async function docker(...args: string[]): Promise<string> {
  return (await execa("docker", ["-H", engine, ...args])).stdout;
}
