import { execa } from "execa";
import type { ServiceConfig } from "../../components/types.ts";
import { labHosts, replicas, type LabHost, type RunningContainer } from "./containers.ts";
import { Load } from "./load.ts";
import type { LoadOptions } from "./load/types.ts";
import { sharedStack } from "./sharedStack.ts";
import type { TestStack } from "./stack.ts";
import { webService } from "./web.ts";

/** The stack that the acceptance tests share, and the lab's hosts that it is on. */
export class Acceptance {
  readonly stack: TestStack;
  readonly hosts: LabHost[];
  /** Where the first edge answers. */
  readonly url: string;

  private constructor(stack: TestStack, hosts: LabHost[], url: string) {
    this.stack = stack;
    this.hosts = hosts;
    this.url = url;
  }

  static async open(): Promise<Acceptance> {
    const stack = await sharedStack();
    const { hosts, loadBalancer } = await stack.config();
    const edge = hosts[loadBalancer.hosts[0] ?? ""];
    const port = loadBalancer.port ?? 80;
    return new Acceptance(stack, labHosts(hosts), `http://${edge?.address}${port === 80 ? "" : `:${port}`}`);
  }

  /**
   * Makes the service `web`, alone, the stack's configuration: five replicas with a second of warm-up, unless given
   * otherwise. Nothing is deployed.
   */
  async configureWeb(version: string, service: Partial<ServiceConfig> = {}): Promise<void> {
    await this.stack.configure({ services: { web: webService(version, service) } });
  }

  /** The precondition of most tests: the service `web` as configured here is deployed. */
  async deployWeb(version: string, service: Partial<ServiceConfig> = {}): Promise<void> {
    await this.configureWeb(version, service);
    await this.stack.up();
  }

  replicas(service = "web"): Promise<RunningContainer[]> {
    return replicas(this.hosts, this.stack.name, service);
  }

  /**
   * Those of the service `web` whose process runs. An engine whose disk is full lists one that it has stopped as running
   * still, because its list is written down first; to a question for that container it answers the truth.
   */
  async runningReplicas(): Promise<RunningContainer[]> {
    const listed = (await this.replicas()).filter(({ state }) => state === "running");
    const runs = await Promise.all(
      listed.map(async ({ host, id }) => {
        const question = ["inspect", "-f", "{{.State.Running}}", id];
        const { stdout } = await execa("docker", ["-H", this.endpoint(host), ...question]);
        return stdout === "true";
      }),
    );
    return listed.filter((_, index) => runs[index]);
  }

  /** The replicas of the service `web` on some of the hosts: where others do not answer. */
  replicasOn(hosts: LabHost[]): Promise<RunningContainer[]> {
    return replicas(hosts, this.stack.name, "web");
  }

  /** What a container has written. */
  async logOf(host: string, id: string): Promise<string> {
    const { all } = await execa("docker", ["-H", this.endpoint(host), "logs", id], { all: true });
    return all;
  }

  private endpoint(host: string): string {
    return this.hosts.find(({ name }) => name === host)!.docker;
  }

  /** Starts a load of every kind of request on the edge. */
  load(options: Partial<LoadOptions> = {}): Promise<Load> {
    return Load.start({ url: this.url, ...options });
  }
}
