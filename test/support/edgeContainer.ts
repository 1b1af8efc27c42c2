import { randomBytes } from "node:crypto";
import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { execa } from "execa";
import { baseConfig } from "../../components/edge/baseConfig.ts";
import { baseConfigPath, edgeScript, stateDirectory } from "../../components/edge/edgeContainer.ts";
import { Relay } from "../../components/edge/relay.ts";
import type { EdgeDocument } from "../../components/rollout/document.ts";
import { freePort } from "./freePort.ts";

/** To run the tests against another version of HAProxy: the name of an image with a shell and Perl. */
export const haproxyImage = process.env["HANDOVER_HAPROXY_IMAGE"] ?? "handover-haproxy:local";

export const docker = process.env["DOCKER_HOST"] ?? "unix:///var/run/docker.sock";

/** A real edge on loopback, as the load balancer would run it. */
export class EdgeContainer {
  readonly port: number;
  readonly statsPort: number;
  readonly key = randomBytes(8).toString("hex");
  private readonly image: string;
  private readonly directory: string;
  private readonly volume = `handover-test-${randomBytes(4).toString("hex")}`;
  private containers: string[] = [];

  private constructor(image: string, directory: string, ports: [number, number]) {
    this.image = image;
    this.directory = directory;
    [this.port, this.statsPort] = ports;
  }

  static async start(image = haproxyImage): Promise<EdgeContainer> {
    const directory = await mkdtemp(join(tmpdir(), "handover-edge-"));
    const edge = new EdgeContainer(image, directory, [await freePort(), await freePort()]);
    const { port, statsPort } = edge;
    const loopback = "127.0.0.1";
    await writeFile(
      join(directory, "base.cfg"),
      baseConfig({ port, statsPort, address: loopback, statsAddress: loopback }),
    );
    await edge.startContainer();
    return edge;
  }

  get url(): string {
    return `http://127.0.0.1:${this.port}`;
  }

  get document(): EdgeDocument {
    return { host: "h1", docker, container: this.container };
  }

  /** One more container on the same port and volume, as the engine makes it when an edge is replaced. */
  async startContainer(): Promise<string> {
    const name = `handover-test-${randomBytes(4).toString("hex")}`;
    const config = `${join(this.directory, "base.cfg")}:${baseConfigPath}:ro`;
    const run = ["run", "--detach", "--name", name, "--network", "host", "--restart", "unless-stopped"];
    const mounts = ["--volume", `${this.volume}:${stateDirectory}`, "--volume", config];
    const rest = ["--user", "0", "--env", `HANDOVER_GATEWAY_KEY=${this.key}`, "--stop-signal", "SIGUSR1"];
    await execa("docker", [...run, ...mounts, ...rest, "--entrypoint", "sh", this.image, "-c", edgeScript]);
    this.containers.push(name);
    return name;
  }

  /** As after a crash: no worker gets to finish anything. */
  async crash(): Promise<void> {
    await execa("docker", ["restart", "--timeout", "0", this.container]);
  }

  /** As an operator stops it: Docker does not start it again. */
  async stop(): Promise<void> {
    await execa("docker", ["stop", "--timeout", "1", this.container]);
  }

  async isRunning(container: string): Promise<boolean> {
    const { stdout } = await execa("docker", ["inspect", "--format", "{{.State.Running}}", container]);
    return stdout === "true";
  }

  /** Runs something inside it. */
  async exec(...command: string[]): Promise<string> {
    const { stdout } = await execa("docker", ["exec", "--user", "0", this.container, ...command]);
    return stdout;
  }

  /** Says something to HAProxy behind the edge's back. */
  async runtime(command: string): Promise<string> {
    const relay = new Relay(this.document);
    try {
      return await relay.request("stats", command);
    } finally {
      await relay.close();
    }
  }

  async logs(): Promise<string> {
    const { all } = await execa("docker", ["logs", this.container], { all: true });
    return all;
  }

  async remove(): Promise<void> {
    await execa("docker", ["rm", "--force", "--volumes", ...this.containers]);
    await execa("docker", ["volume", "rm", "--force", this.volume]);
    await rm(this.directory, { recursive: true });
  }

  private get container(): string {
    const newest = this.containers.at(-1);
    if (!newest) throw new Error("no container was started");
    return newest;
  }
}
