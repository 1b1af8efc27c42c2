import { fork, type ChildProcess } from "node:child_process";
import { once } from "node:events";
import { fileURLToPath } from "node:url";
import type { LoadPlan, LoadResult } from "./types.ts";

/** A load generator in a process of its own, which carries out one plan after the other, so that all meet it warm. */
export class LoadProcess {
  private readonly child: ChildProcess = fork(fileURLToPath(new URL("process.ts", import.meta.url)), {
    serialization: "advanced",
  });
  private readonly exit = once(this.child, "exit");

  /** @throws Error when a request failed */
  async run(plan: LoadPlan): Promise<LoadResult> {
    const answer = once(this.child, "message") as Promise<[LoadResult]>;
    this.child.send(plan);
    const [result] = await Promise.race([answer, this.exit]);
    if (typeof result !== "object") throw new Error(`the load's process ended with ${result}`);
    if (result.failed > 0) {
      throw new Error(`${result.failed} requests to ${plan.url} (${plan.sending}) failed: ${result.example}`);
    }
    return result;
  }

  /** Ends a plan before its time. */
  stop(): void {
    this.child.send("stop");
  }

  async [Symbol.asyncDispose](): Promise<void> {
    if (this.child.connected) this.child.disconnect();
    await this.exit;
  }
}
