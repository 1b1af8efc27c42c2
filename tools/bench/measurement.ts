import type { Band, Recording } from "../../cli/picture/recording.ts";
import type { LabHost } from "../../test/support/containers.ts";
import { Load } from "../../test/support/load.ts";
import { now, type LoadOptions, type Result } from "../../test/support/load/types.ts";
import { Watch } from "../../test/support/watch.ts";
import { round } from "./figures.ts";
import { recordingOf } from "./record.ts";

/** What a release looked like. Times are seconds from the command, unless named otherwise. */
export interface Measurement {
  name: string;
  /** To the end of the last old container's process. */
  lastOldEnded: number;
  /** To the return of the command, which is when the tool calls the release done. */
  commandReturned: number;
  firstNewAnswer: number;
  lastOldAnswer: number;
  /**
   * For how long both versions took requests, in milliseconds: from the first answer of the new one to the sending of
   * the last request that the old one answered.
   */
  bothVersions: number;
  requests: number;
  failed: number;
  /** The longest time without a good answer, in milliseconds. */
  longestGap: number;
  /** Of the requests that are not slow on purpose, before the command and from it to the end of the last old container. */
  atRest: Latency;
  during: Latency;
}

/** How long answers took, in milliseconds. */
export interface Latency {
  p50: number;
  p99: number;
  max: number;
}

export interface Release {
  name: string;
  hosts: LabHost[];
  /** The value of the label `handover.stack` on the containers. */
  stack: string;
  load: LoadOptions;
  /** Images of the versions `v1`, which runs, and `v2`, which will be released. */
  oldImage: string;
  oldReplicas: number;
  /** Gives the command and returns with it. */
  run: () => Promise<unknown>;
  /** The steps of the release and when the traffic moved, where the tool says them. @default nothing is known */
  steps?: (watch: Watch) => Promise<{ bands: Band[]; movedAt: number | null }>;
}

/** What is shown before the command and after the end of the last old container, in milliseconds. */
const around = { before: 1_000, after: 1_500 };

/** Runs a release from v1 to v2 under load, and measures it. */
export async function measure(release: Release): Promise<{ measurement: Measurement; recording: Recording }> {
  await using load = await Load.start(release.load);
  await using watch = new Watch(release.hosts, release.stack);
  await load.answers(200);
  const commanded = now();
  await release.run();
  const returned = now();
  const ended = await watch.all("die", release.oldImage, release.oldReplicas);
  await load.until(() => now() > Math.max(ended, returned) + around.after, {
    what: "the time after the release",
  });
  await load.stop();
  const { bands, movedAt } = (await release.steps?.(watch)) ?? { bands: [], movedAt: null };
  const { sent, failed, examples, longestGap, versions } = load.summary({ versions: ["v1", "v2"] });
  if (failed > 0) console.error(`${release.name}:\n  ${examples.join("\n  ")}`);
  const { v1, v2 } = versions;
  if (!v1 || !v2)
    throw new Error(`${release.name}: not both versions answered: ${Object.keys(versions).join(", ")}`);
  const since = (time: number) => round((time - commanded) / 1000, 2);
  const bothVersions = Math.max(0, round(v1.lastStart - v2.first, 0));
  const recording = recordingOf({
    title: release.name,
    results: load.results,
    from: commanded - around.before,
    to: Math.max(ended, returned) + around.after,
    versions: ["v1", "v2"],
    bands,
    movedAt,
    commandedAt: commanded,
    bothVersions,
  });
  const measurement = {
    name: release.name,
    lastOldEnded: since(ended),
    commandReturned: since(returned),
    firstNewAnswer: since(v2.first),
    lastOldAnswer: since(v1.last),
    bothVersions,
    requests: sent,
    failed,
    longestGap: round(longestGap, 0),
    atRest: latency(load.results.filter(({ end }) => end < commanded)),
    during: latency(
      load.results.filter(({ start }) => start >= commanded && start < Math.max(ended, returned)),
    ),
  };
  return { measurement, recording };
}

function latency(results: Result[]): Latency {
  const times = results
    .filter(({ kind, error }) => kind !== "slow" && error === undefined)
    .map(({ start, end }) => end - start)
    .sort((a, b) => a - b);
  const at = (part: number) => round(times[Math.floor((times.length - 1) * part)] ?? NaN, 1);
  return { p50: at(0.5), p99: at(0.99), max: at(1) };
}
