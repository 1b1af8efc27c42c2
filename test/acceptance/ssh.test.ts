import { mkdtemp, readFile, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import path from "node:path";
import { execa } from "execa";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { labHosts } from "../../tools/lab/hosts.ts";
import { killHost, startHost } from "../../tools/lab/lab.ts";
import { aptInstall } from "../../tools/setup/apt.ts";
import { blocksOf, type Block } from "../support/documentation.ts";
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

beforeAll(async () => {
  await aptInstall({ curl: "curl" });
  folder = await mkdtemp(path.join(tmpdir(), "handover-ssh-"));
  operator = await Operator.create(folder);
  const keygen = blocksOf("docs/first-deployment.md").find(({ text }) => text.startsWith("ssh-keygen"));
  await operator.type(keygen!.text.split("\n")[0]!);
  const key = await readFile(path.join(operator.home, ".ssh/id_ed25519.pub"), "utf8");
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

async function follow(block: Block): Promise<void> {
  const text = here(block.text);
  if (block.note === "server") {
    for (const server of servers) await server.run(serversTools(server.pid) + text);
  } else if (block.language === "ssh-config") {
    await operator.configureSsh(text);
  } else if (block.note.startsWith("file=")) {
    await writeFile(path.join(operator.checkout, block.note.replace("file=", "")), text);
  } else if (!text.startsWith("ssh-keygen")) {
    said.set(block, await operator.type(text));
  } else {
    said.set(block, await operator.type(text.split("\n").slice(1).join("\n")));
  }
}
const said = new Map<Block, string>();

const [stepsToTheRelease, theEnd] = split(blocksOf("docs/first-deployment.md"), "pulumi destroy");
function split(blocks: Block[], at: string): [Block[], Block[]] {
  const index = blocks.findIndex(({ text }) => text.startsWith(at));
  return [blocks.slice(0, index), blocks.slice(index)];
}

describe("a first deployment", () => {
  test.each(stepsToTheRelease)("$page:$line", follow);
});
