import { spawn, type ChildProcess } from "node:child_process";
import { once } from "node:events";
import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import path from "node:path";
import { execa } from "execa";
import { until } from "../../components/until.ts";
import { localDocker } from "../../tools/setup/docker.ts";
import { registryProgram } from "../../tools/setup/registry.ts";
import { freePort } from "./freePort.ts";

/** A real registry on loopback, where Docker speaks to it without TLS. */
export class Registry {
  /** As it stands in the names of images. @example "127.0.0.1:40123" */
  readonly name: string;
  private readonly folder: string;
  private child: ChildProcess | undefined;

  private constructor(name: string, folder: string) {
    this.name = name;
    this.folder = folder;
  }

  /** @param users htpasswd's lines, when it is to ask for a login */
  static async start({ users }: { users?: string } = {}): Promise<Registry> {
    const folder = await mkdtemp(path.join(tmpdir(), "handover-registry-"));
    const registry = new Registry(`127.0.0.1:${await freePort()}`, folder);
    const auth = users ? `auth: { htpasswd: { realm: test, path: ${path.join(folder, "users")} } }\n` : "";
    if (users) await writeFile(path.join(folder, "users"), users);
    await writeFile(
      path.join(folder, "config.yml"),
      `version: 0.1
log: { level: error }
storage: { filesystem: { rootdirectory: ${path.join(folder, "data")} }, delete: { enabled: true } }
http: { addr: "${registry.name}" }
${auth}`,
    );
    await registry.resume();
    return registry;
  }

  /** Pushes a local image, which is then only there. @returns its name here, with the tag, and the digest that the registry has given it */
  async push(local: string, name: string): Promise<{ image: string; digest: string }> {
    const image = `${this.name}/${name}`;
    await docker("tag", local, image);
    const pushed = await docker("push", image);
    const digest = /digest: (sha256:[0-9a-f]{64})/.exec(pushed)?.[1];
    if (!digest) throw new Error(`no digest in: ${pushed}`);
    await docker("rmi", image);
    return { image, digest };
  }

  /** Ends it; its data stay. */
  async stop(): Promise<void> {
    const child = this.child;
    this.child = undefined;
    if (!child || child.exitCode !== null) return;
    child.kill("SIGKILL");
    await once(child, "exit");
  }

  async resume(): Promise<void> {
    this.child = spawn(await registryProgram(), ["serve", path.join(this.folder, "config.yml")], {
      stdio: "ignore",
    });
    const answers = async () =>
      (await fetch(`http://${this.name}/v2/`).catch(() => undefined))?.status !== undefined;
    if (!(await until(answers, { within: 30_000 }))) throw new Error("the registry does not answer");
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.stop();
    await rm(this.folder, { recursive: true, force: true });
    const named = await docker("images", "--format", "{{.Repository}}:{{.Tag}}@{{.Digest}}", "--digests");
    const own = named.split("\n").filter((line) => line.startsWith(`${this.name}/`));
    const names = own.map((line) =>
      line.includes(":<none>@") ? line.replace(":<none>", "") : line.replace(/@.*/, ""),
    );
    if (names.length > 0) await docker("rmi", ...new Set(names));
  }
}

async function docker(...args: string[]): Promise<string> {
  const { stdout } = await execa("docker", ["-H", localDocker, ...args]);
  return stdout;
}
