import { once } from "node:events";
import { connect } from "node:net";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { pause } from "../../components/until.ts";
import { BadCable } from "../../tools/lab/cable.ts";
import { labHost } from "../../tools/lab/hosts.ts";
import { plug, unplug } from "../../tools/lab/network.ts";
import { Acceptance } from "../support/acceptance.ts";
import { containers } from "../support/containers.ts";
import { dockerByNetwork } from "../support/dockerByNetwork.ts";
import { untilEdge } from "../support/edgeStats.ts";
import { everyFault } from "../support/everyFault.ts";
import { failuresWithout } from "../support/failures.ts";
import { figure, requestFigures, seconds } from "../support/figures.ts";
import type { Load } from "../support/load.ts";
import { now, type Result } from "../support/load/types.ts";
import type { OnHost } from "../support/onHost.ts";
import { moments, PulumiRun } from "../support/pulumiRun.ts";
import { example } from "../support/web.ts";

/** The host behind the bad link. The edge runs on another one. */
const host = labHost("h3");

let acceptance: Acceptance;
let version = "v1";
let forwarder: OnHost;

beforeAll(async () => {
  if (!everyFault) return;
  acceptance = await Acceptance.open();
  const byNetwork = await dockerByNetwork(host);
  forwarder = byNetwork.forwarder;
  await reach(byNetwork.endpoint);
  await acceptance.deployWeb(version);
});

afterAll(async () => {
  if (!everyFault) return;
  await plug(host);
  await reach(host.docker);
  // Whatever comes next is to find it there.
  await acceptance.stack.up();
  await forwarder[Symbol.asyncDispose]();
});

/** Reaches the host's Docker Engine here. */
async function reach(docker: string): Promise<void> {
  const { hosts } = await acceptance.stack.config();
  await acceptance.stack.configure({ hosts: { ...hosts, [host.name]: { ...hosts[host.name]!, docker } } });
}

/** A fault of the link, for as long as it is held. */
const faults: { what: string; begin: () => Promise<AsyncDisposable> }[] = [
  { what: "that is cut for ten seconds", begin: () => cuts([10_000]) },
  { what: "of 300 ms more each way", begin: () => slow(300) },
  { what: "that loses a fifth of everything", begin: () => BadCable.plug(host, { loss: 20 }) },
  { what: "that is cut again and again", begin: () => cuts([1_000, 2_000, 3_000, 500, 4_000]) },
];

async function slow(delay: number): Promise<AsyncDisposable> {
  const cable = await BadCable.plug(host, { delay });
  const started = now();
  const socket = connect({ host: host.address, port: 7080 });
  await once(socket, "connect");
  socket.destroy();
  // There and back.
  expect(now() - started).toBeGreaterThanOrEqual(2 * delay - 10);
  return cable;
}

/** Cuts of so many milliseconds, with a second of rest after each. */
async function cuts(lengths: number[]): Promise<AsyncDisposable> {
  const all = (async () => {
    for (const length of lengths) {
      await unplug(host);
      await pause(length);
      await plug(host);
      await pause(1_000);
    }
  })();
  return { [Symbol.asyncDispose]: () => all };
}

/**
 * The failed requests that the network itself has lost: posts that an edge had handed to the host behind the bad link.
 * The application may have seen them, so nobody may repeat them.
 */
async function lostByTheLink(failed: Result[]): Promise<Result[]> {
  const edges = (await containers(acceptance.hosts, acceptance.stack.name)).filter(
    ({ role }) => role === "edge",
  );
  const logs = await Promise.all(edges.map((edge) => acceptance.logOf(edge.host, edge.id)));
  const servers = new Map(
    logs
      .flatMap((log) => log.split("\n"))
      .filter((line) => line.startsWith("{"))
      .map((line) => JSON.parse(line) as { id: string; server: string })
      .map(({ id, server }) => [id, server]),
  );
  return failed.filter(({ kind, id }) => kind === "post" && servers.get(id ?? "")?.startsWith("web-h3-"));
}

async function onlyLostByTheLink(load: Load, what: string): Promise<void> {
  const failed = load.results.filter(({ error }) => error);
  const excused = await lostByTheLink(failed);
  figure(what, { ...requestFigures(load.summary()), "posts lost by the link": excused.length });
  expect(failuresWithout((result) => excused.includes(result), load)).toEqual([]);
}

describe.runIf(everyFault).each(faults)("a link to one host $what", ({ what, begin }) => {
  test("in a release: it waits or fails, no request is lost but what the link loses, and the next update is as ever", async () => {
    // An answer over a bad link takes its time: what counts is that it comes.
    await using load = await acceptance.load({ timeout: 60_000 });
    const before = version;
    version = version === "v1" ? "v2" : "v1";
    await acceptance.configureWeb(version, { rollout: { deadline: "20s", drain: "15s" } });
    await using run = new PulumiRun(acceptance.stack);
    await run.until(moments["while waiting for health"], "it waits for health");
    const began = now();
    const fault = await begin();
    let succeeded: boolean;
    try {
      succeeded = await run.ended();
    } finally {
      await fault[Symbol.asyncDispose]();
    }
    figure(`a link ${what}`, { succeeded: String(succeeded), "ended after": seconds(now() - began) });
    const serves = succeeded ? version : before;
    await untilEdge(
      new URL(acceptance.url).hostname,
      (servers) => servers.length === 5 && servers.every(({ status }) => status === "UP"),
      { what: "five servers, all of them up" },
    );
    const running = (await acceptance.replicas()).filter(({ state }) => state === "running");
    expect(running.map(({ image }) => image)).toEqual(Array(5).fill(example(serves)));

    await acceptance.stack.up();
    await load.answers(100);
    await load.stop();
    await onlyLostByTheLink(load, `a link ${what}`);
    const replicas = (await acceptance.replicas()).map(({ image, state }) => `${image} ${state}`);
    expect(replicas).toEqual(Array(5).fill(`${example(version)} running`));
  });
});
