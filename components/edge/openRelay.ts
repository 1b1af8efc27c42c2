import { docker, DockerError } from "../docker/docker.ts";
import { markLost } from "../host/markLost.ts";
import type { EdgeDocument } from "../rollout/document.ts";
import { pause } from "../until.ts";
import { EdgeError } from "./edgeError.ts";
import { Relay } from "./relay.ts";

/** How long an edge that was only just started may take to answer. */
const startsWithin = 20_000;
/** A host that has not answered for so long does not come back by itself in a moment. */
const unreachableFor = 5_000;
/** How long its Docker Engine may take to say what the container does. */
const answersWithin = 10_000;
/** An edge that was started again so often, while it was waited for, does not come up. */
const hopelessRestarts = 3;
const logLines = 5;

/**
 * Begins a conversation with an edge. One that was only just started is waited for, and one that was stopped by hand is
 * started: its configuration is in its volume.
 * @param stop ends the waiting
 * @throws EdgeError when it does not answer in time, and as soon as it is certain that it will not
 */
export async function openRelay(edge: EdgeDocument, stop?: AbortSignal): Promise<Relay> {
  const began = Date.now();
  const look = new Look(edge);
  for (;;) {
    const relay = new Relay(edge);
    try {
      await relay.request("stats", "show info");
      return relay;
    } catch (error) {
      await relay.close();
      await look.forHope();
      if (stop?.aborted) throw new EdgeError(edge.host, "interrupted before it answered");
      if (Date.now() - began >= startsWithin) throw error;
    }
    await pause(250);
  }
}

/** Looks at the container of an edge that does not answer, again and again, whether there is a reason to wait. */
class Look {
  private readonly edge: EdgeDocument;
  private silentSince: number | undefined;
  private restartsBefore: number | undefined;

  constructor(edge: EdgeDocument) {
    this.edge = edge;
  }

  /** @throws EdgeError when there is none */
  async forHope(): Promise<void> {
    const { container } = this.edge;
    const asked = Date.now();
    try {
      const [status, restarted] = (
        await this.docker("inspect", "--format", "{{.State.Status}} {{.RestartCount}}", container)
      ).split(" ");
      this.silentSince = undefined;
      // Docker starts by itself what has crashed, and nothing that was stopped by hand.
      if (status === "exited" || status === "created") await this.docker("start", container);
      this.restartsBefore ??= Number(restarted);
      if (Number(restarted) - this.restartsBefore >= hopelessRestarts) {
        const log = await this.docker("logs", "--tail", String(logLines), container);
        throw this.error(`container ${container} does not stay up; it wrote last:\n${log}`);
      }
    } catch (error) {
      if (!(error instanceof DockerError)) throw error;
      if (/no such (object|container)/i.test(error.problem)) {
        throw this.error(`container ${container} is not there: ${this.again()}`);
      }
      if (!error.unreachable) throw this.error(error.problem);
      this.silentSince ??= asked;
      if (Date.now() - this.silentSince >= unreachableFor) {
        throw this.error(
          `its host does not answer (${error.problem}); ${markLost(this.edge.host, this.edge.platform)}`,
        );
      }
    }
  }

  private again(): string {
    return this.edge.platform === undefined
      ? "pulumi up --refresh makes it again"
      : `pulumi up, with all services in the configuration, finds the one that the platform ${this.edge.platform} has now`;
  }

  private docker(...args: string[]): Promise<string> {
    return docker({ name: this.edge.host, docker: this.edge.docker }, args, { within: answersWithin });
  }

  private error(problem: string): EdgeError {
    return new EdgeError(this.edge.host, problem);
  }
}
