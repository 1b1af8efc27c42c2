import { mkdtemp, readFile, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import path from "node:path";
import { execa } from "execa";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { labHosts } from "../../tools/lab/hosts.ts";
import { killHost, startHost } from "../../tools/lab/lab.ts";
import { aptInstall } from "../../tools/setup/apt.ts";
import { blocksOf, type Block } from "../support/documentation.ts";
import { figure, seconds } from "../support/figures.ts";
import { Operator } from "../support/operator.ts";
import { SshHost } from "../support/sshHost.ts";

/**
 * Somebody follows docs/first-deployment.md and docs/day-two.md with two hosts of the lab that are reached by SSH. Every
 * block of both pages is run, in the order of the pages.
 */
const [first, second] = labHosts as [(typeof labHosts)[0], (typeof labHosts)[0]];
const nextImage = "handover-haproxy:next";

let folder: string;
let operator: Operator;
let servers: SshHost[];
/** The operator's public key. */
let key: string;

beforeAll(async () => {
  await aptInstall({ curl: "curl" });
  folder = await mkdtemp(path.join(tmpdir(), "handover-ssh-"));
  operator = await Operator.create(folder);
  const keygen = blocksOf("docs/first-deployment.md").find(({ text }) => text.startsWith("ssh-keygen"));
  await operator.type(keygen!.text.split("\n")[0]!);
  key = await readFile(path.join(operator.home, ".ssh/id_ed25519.pub"), "utf8");
  servers = await Promise.all([first, second].map((host) => SshHost.start(host, folder, key)));
  for (const { docker } of [first, second])
    await execa("docker", ["-H", docker, "tag", "handover-haproxy:local", nextImage]);
});

afterAll(async () => {
  for (const server of servers) await server[Symbol.asyncDispose]();
  await rm(folder, { recursive: true, force: true });
});

/** What is different here: addresses and images. */
function here(text: string): string {
  return text
    .replaceAll("10.0.0.11", first.address)
    .replaceAll("10.0.0.12", second.address)
    .replaceAll("10.0.0.0/24", first.address.replace(/\d+$/, "0/24"))
    .replaceAll("registry.example.com/acme/web:1.4", "handover-example:v1")
    .replaceAll("registry.example.com/acme/web:1.5", "handover-example:v2")
    .replaceAll("haproxy:3.2.6", nextImage)
    .replaceAll("haproxy:3.2", "handover-haproxy:local");
}

/** The lab has neither a service manager nor a package archive of its own. */
const serversTools = (pid: number) => `
apt-get() { [ "$*" = "install --yes docker.io" ] && command -v dockerd; }
systemctl() { [ "$*" = "reload ssh" ] && kill -HUP ${pid}; }
`;

/** What each block of commands has written. */
const said = new Map<string, string>();
const saidBy = (block: string) => said.get(block) ?? "";

async function follow(block: Block): Promise<void> {
  const text = here(block.text);
  if (block.note === "server") {
    for (const server of servers) await server.run(serversTools(server.pid) + text);
  } else if (block.language === "ssh-config") {
    await operator.configureSsh(text);
  } else if (block.note.startsWith("file=")) {
    await writeFile(path.join(operator.checkout, block.note.replace("file=", "")), text);
  } else {
    const commands = text.replace(/^ssh-keygen.*\n/, "");
    said.set(text.split("\n")[0]!, await operator.type(commands, { NEW_DATABASE_URL: "db://new" }));
  }
}

const firstDeployment = blocksOf("docs/first-deployment.md");
const end = firstDeployment.findIndex(({ text }) => text.startsWith("pulumi destroy"));

describe("a first deployment over SSH, as the page says", () => {
  test.each(firstDeployment.slice(0, end))("$page:$line", follow);

  test("doctor finds the hosts ready, and the connections shared", () => {
    expect(saidBy("pulumi stack init prod")).toMatch(/host h2 ssh +ok +connections are shared/);
    expect(saidBy("pulumi stack init prod")).toMatch(/host h2 port 7080 +ok +free for the gateway/);
  });

  test("it serves, and a release takes over", () => {
    const output = saidBy("pulumi up --yes");
    expect(output).toContain("4 new replicas in");
    expect(output).toContain('"version":"v1"');
    expect(output).toMatch(/handover-example:v2 serves, from 4 of 4 replicas/);
  });
});

describe("day two over SSH, as the page says", () => {
  /** What happens to the machines before a block of commands, by the block's first command. */
  const before: Record<string, () => Promise<void>> = {
    "handover lost": async () => {
      await killHost(second);
      const began = performance.now();
      await expect(operator.type("pulumi up --yes")).rejects.toThrow(
        /host h2: its Docker Engine .* does not answer[^]*hosts\.h2\.state lost/,
      );
      figure("a host without power, over SSH", {
        "update refused after": seconds(performance.now() - began),
      });
    },
    "handover back h2 --yes     # clears": async () => {
      await startHost(second);
      servers[1] = await SshHost.start(second, folder, key, { isNew: false });
    },
    "pulumi cancel": () => operator.kill("pulumi up --yes"),
  };

  test.each(blocksOf("docs/day-two.md"))("$page:$line", async (block) => {
    for (const [start, happens] of Object.entries(before)) if (block.text.startsWith(start)) await happens();
    await follow(block);
  });

  test.each(firstDeployment.slice(end))("$page:$line", follow);
});
