import { readFile } from "node:fs/promises";
import path from "node:path";
import { execa } from "execa";
import { pause } from "../../components/until.ts";
import type { Phase } from "../../components/rollout/report.ts";
import type { ServiceConfig } from "../../components/types.ts";
import { labHost } from "../../tools/lab/hosts.ts";
import type { Acceptance } from "./acceptance.ts";
import { edgeServers, type EdgeServer } from "./edgeStats.ts";
import type { Load } from "./load.ts";
import { moments, type PulumiRun } from "./pulumiRun.ts";

/** What a restart of an edge begins with, read from the disk of its host. */
export class CommittedSet {
  private readonly file: string;

  private constructor(file: string) {
    this.file = file;
  }

  static async of(acceptance: Acceptance, host: string): Promise<CommittedSet> {
    const { docker, dataDirectory } = labHost(host);
    const filters = ["handover.role=edge-state", `handover.stack=${acceptance.stack.name}`];
    const list = ["volume", "ls", "--quiet", ...filters.flatMap((filter) => ["--filter", `label=${filter}`])];
    const { stdout: volume } = await execa("docker", ["-H", docker, ...list]);
    return new CommittedSet(
      path.join(dataDirectory, "docker", "volumes", volume, "_data", "current", "services.json"),
    );
  }

  /** A file of the same set. */
  beside(name: string): string {
    return path.join(path.dirname(this.file), name);
  }

  text(): Promise<string> {
    return readFile(this.file, "utf8");
  }

  /** The containers of the service `web`. */
  async containers(): Promise<string[]> {
    const { services } = JSON.parse(await this.text()) as {
      services: Record<string, { servers: { name: string }[] }>;
    };
    return (services["web"]?.servers ?? []).map(({ name }) => name.replace(/:\d+$/, ""));
  }
}

/**
 * How a release is to go so that each of its steps can be hit: a bake is long enough to be met in it. Where there is none
 * the drain has something to wait for, and what is done to the commit comes before the rollout's end.
 */
export function rolloutThrough(phase: Phase | "at rest"): ServiceConfig["rollout"] {
  return { deadline: "60s", drain: "15s", bake: phase === "commit" || phase === "drain" ? "1ms" : "5s" };
}

/** A release of the service `web` of five replicas, whose steps are told by what is to be seen of them at an edge. */
export class RolloutPhases {
  private readonly address: string;
  private readonly committed: CommittedSet;
  private readonly load: Load;
  private readonly version: string;
  private readonly before: { text: string; servers: ReadonlySet<string> };

  private constructor(
    address: string,
    committed: CommittedSet,
    load: Load,
    version: string,
    before: RolloutPhases["before"],
  ) {
    this.address = address;
    this.committed = committed;
    this.load = load;
    this.version = version;
    this.before = before;
  }

  /** @param version what is about to be released */
  static async of(
    acceptance: Acceptance,
    { host, load, version }: { host: string; load: Load; version: string },
  ): Promise<RolloutPhases> {
    const committed = await CommittedSet.of(acceptance, host);
    const { address } = labHost(host);
    const servers = new Set((await edgeServers(address)).map(({ name }) => name));
    return new RolloutPhases(address, committed, load, version, { text: await committed.text(), servers });
  }

  /**
   * Waits until a step goes on.
   * @throws when the run ends before it
   */
  async until(phase: Phase, run: PulumiRun): Promise<void> {
    if (phase === "healthy") return run.until(moments["while waiting for health"], phase);
    if (phase === "shift") return run.until(moments["in the middle of the shift"], phase);
    if (phase === "drain") return run.until(moments["while draining"], phase);
    while (!(await this.isAt(phase))) {
      run.expectRunning(phase);
      await pause(10);
    }
  }

  private async isAt(phase: Exclude<Phase, "healthy" | "shift" | "drain">): Promise<boolean> {
    const { servers: old, text } = this.before;
    const isNew = ({ name }: EdgeServer) => !old.has(name);
    switch (phase) {
      case "declare":
        return (await this.committed.text()) !== text;
      case "stage":
        return (await edgeServers(this.address)).some(isNew);
      case "verify":
        return (await edgeServers(this.address)).some((server) => isNew(server) && server.status === "UP");
      case "bake":
        return (this.load.summary().versions[this.version]?.answers ?? 0) >= 50;
      case "commit":
        return (await this.committed.containers()).every(
          (name) => ![...old].some((each) => each.startsWith(`${name}:`)),
        );
      case "clean": {
        const left = (await edgeServers(this.address)).filter((server) => !isNew(server));
        return left.length < old.size || left.some(({ status }) => status === "MAINT");
      }
    }
  }
}
