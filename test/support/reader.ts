import { mkdtemp, readFile, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import path from "node:path";
import { execa } from "execa";
import { labHosts, type LabHost } from "../../tools/lab/hosts.ts";
import { aptInstall } from "../../tools/setup/apt.ts";
import { blocksOf, type Block } from "./documentation.ts";
import { Operator } from "./operator.ts";
import { SshHost } from "./sshHost.ts";

const nextImage = "handover-haproxy:next";

/**
 * Somebody who follows docs/first-deployment.md and docs/day-two.md with two hosts of the lab that are reached by SSH.
 * Only addresses and images are different from the pages'.
 */
export class Reader {
  readonly operator: Operator;
  readonly first: LabHost;
  readonly second: LabHost;
  private readonly folder: string;
  private readonly key: string;
  private readonly servers = new Map<LabHost, SshHost>();
  private readonly said = new Map<string, string>();

  private constructor(folder: string, operator: Operator, key: string) {
    const [first, second] = labHosts;
    if (!first || !second) throw new Error("the lab has two hosts at least");
    this.folder = folder;
    this.operator = operator;
    this.key = key;
    this.first = first;
    this.second = second;
  }

  static async begin(): Promise<Reader> {
    await aptInstall({ curl: "curl", sshd: "openssh-server", ssh: "openssh-client" });
    const folder = await mkdtemp(path.join(tmpdir(), "handover-ssh-"));
    const operator = await Operator.create(folder);
    // New servers know this key already: it is how one logs in as root.
    await operator.type(keygen());
    const key = await readFile(path.join(operator.home, ".ssh/id_ed25519.pub"), "utf8");
    const reader = new Reader(folder, operator, key);
    await Promise.all([reader.first, reader.second].map((host) => reader.startServer(host)));
    return reader;
  }

  /** @param isNew whether its disk is empty, else it starts with what it had */
  async startServer(host: LabHost, { isNew = true } = {}): Promise<void> {
    this.servers.set(host, await SshHost.start(host, this.folder, this.key, { isNew }));
    await execa("docker", ["-H", host.docker, "tag", "handover-haproxy:local", nextImage]);
  }

  /** Does what a block says. */
  async follow(block: Block): Promise<void> {
    const text = this.here(block.text);
    if (block.note === "server") {
      for (const server of this.servers.values()) await server.run(serversTools(server.pid) + text);
    } else if (block.language === "ssh-config") {
      await this.operator.configureSsh(text);
    } else if (block.note.startsWith("file=")) {
      await writeFile(path.join(this.operator.checkout, block.note.replace("file=", "")), text);
    } else {
      const commands = text.replace(keygen(), "");
      this.said.set(
        text.split("\n")[0]!,
        await this.operator.type(commands, { NEW_DATABASE_URL: "db://new" }),
      );
    }
  }

  /** What a block of commands has written, by its first line. */
  saidBy(firstLine: string): string {
    return this.said.get(firstLine) ?? "";
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.operator.leave([this.first.address, this.second.address]);
    for (const server of this.servers.values()) {
      await server.run("iptables --flush DOCKER-USER; iptables --append DOCKER-USER --jump RETURN");
      await execa("docker", ["-H", server.host.docker, "rmi", nextImage], { reject: false });
      await server[Symbol.asyncDispose]();
    }
    await rm(this.folder, { recursive: true, force: true });
  }

  private here(text: string): string {
    const { first, second } = this;
    return text
      .replaceAll("10.0.0.11", first.address)
      .replaceAll("10.0.0.12", second.address)
      .replaceAll("10.0.0.0/24", first.address.replace(/\d+$/, "0/24"))
      .replaceAll("registry.example.com/acme/web:1.4", "handover-example:v1")
      .replaceAll("registry.example.com/acme/web:1.5", "handover-example:v2")
      .replaceAll("haproxy:3.2.6", nextImage)
      .replaceAll("haproxy:3.2", "handover-haproxy:local");
  }
}

/** The steps of the first deployment, and those of its end. */
export function firstDeployment(): { steps: Block[]; end: Block[] } {
  const blocks = blocksOf("docs/first-deployment.md");
  const end = blocks.findIndex(({ text }) => text.startsWith("pulumi destroy"));
  return { steps: blocks.slice(0, end), end: blocks.slice(end) };
}

/** The line that makes the reader's key. */
function keygen(): string {
  const line = blocksOf("docs/first-deployment.md").flatMap(
    ({ text }) => /^ssh-keygen.*\n/m.exec(text) ?? [],
  )[0];
  if (!line) throw new Error("the first deployment makes no key");
  return line;
}

/** The lab's hosts have neither a service manager nor a package archive of their own. */
function serversTools(sshd: number): string {
  return `
apt-get() { [ "$*" = "install --yes docker.io" ] && command -v dockerd; }
systemctl() { [ "$*" = "reload ssh" ] && kill -HUP ${sshd}; }
`;
}
