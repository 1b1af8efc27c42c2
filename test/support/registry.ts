import { spawn, type ChildProcess } from "node:child_process";
import { once } from "node:events";
import type { LabHost } from "../../tools/lab/hosts.ts";

/** What becomes of a pull. */
export type Misbehaviour = "hangs" | "answers 500" | "does not have it";

/** Where it listens: on a host's own loopback, because from there Docker takes images without TLS. */
const port = 5000;

const program = `
  const status = { "answers 500": 500, "does not have it": 404 }[process.argv[1]];
  require("node:http")
    .createServer((asked, answer) => {
      console.log(asked.url);
      if (asked.url === "/v2/") answer.end("{}");
      else if (status) answer.writeHead(status).end();
    })
    .listen(${port}, "127.0.0.1", () => console.log("listens"));
`;

/** A registry on one host of the lab, for that host alone, that misbehaves. */
export class Registry {
  /** Whether somebody has asked it for something. */
  asked = false;
  private readonly child: ChildProcess;

  private constructor(child: ChildProcess) {
    this.child = child;
  }

  static async start(host: LabHost, misbehaviour: Misbehaviour): Promise<Registry> {
    const command = [process.execPath, "-e", program, misbehaviour];
    const child = spawn("nsenter", [`--net=/run/netns/${host.namespace}`, ...command], {
      stdio: ["ignore", "pipe", "inherit"],
    });
    await Promise.race([
      once(child.stdout, "data"),
      once(child, "exit").then(() => Promise.reject(new Error(`no registry on ${host.name}`))),
    ]);
    const registry = new Registry(child);
    child.stdout.on("data", () => (registry.asked = true));
    return registry;
  }

  /** The name that an image has in such a registry. */
  static image(name: string): string {
    return `127.0.0.1:${port}/${name}`;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    const ended = once(this.child, "exit");
    if (this.child.exitCode === null && this.child.signalCode === null && this.child.kill()) await ended;
  }
}
