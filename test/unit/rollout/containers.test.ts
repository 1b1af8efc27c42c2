import { chmod, mkdtemp, readFile, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, expect, it, vi } from "vitest";
import { docker } from "../../../components/docker/docker.ts";
import { containersOf } from "../../../components/rollout/containers.ts";
import type { RolloutDocument, ServerDocument } from "../../../components/rollout/document.ts";

/** Stands in for the Docker client: notes how it was called, and does what the test says. */
let directory: string;

beforeEach(async () => {
  directory = await mkdtemp(join(tmpdir(), "handover-docker-"));
  vi.stubEnv("PATH", `${directory}:${process.env["PATH"]}`);
});
afterEach(async () => {
  vi.unstubAllEnvs();
  await rm(directory, { recursive: true });
});

async function client(script: string): Promise<void> {
  const path = join(directory, "docker");
  await writeFile(path, `#!/bin/sh\necho "$@" >> ${directory}/calls\n${script}\n`);
  await chmod(path, 0o755);
}

const calls = async () => (await readFile(join(directory, "calls"), "utf8")).trim().split("\n").sort();

const hosts = ["h1", "h2"].map((name) => ({
  name,
  docker: `tcp://${name}`,
  address: "10.0.0.1",
  gatewayPort: 1,
}));
const document = {
  project: "p",
  stack: "s",
  service: "web",
  hosts,
  stopGrace: 1000,
} as unknown as RolloutDocument;
const server = (host: string) =>
  ({ host, container: `web-${host}-1`, replica: `web-${host}` }) as ServerDocument;

const labels = (host: string) =>
  `--filter label=handover.project=p --filter label=handover.stack=s --filter label=handover.service=web ` +
  `--filter label=handover.role=replica --filter label=handover.host=${host}`;

it("a call that takes too long ends in time, with everything that it has started", async () => {
  await client("sleep 30 & wait");
  const began = Date.now();
  await expect(docker({ name: "h1", docker: "ssh://h1" }, ["ps"], { within: 200 })).rejects.toThrow(
    "host h1: docker ps took more than 0.2 s",
  );
  expect(Date.now() - began).toBeLessThan(2_000);
});

it("an error has the engine's own words", async () => {
  await client("echo 'no space left' >&2; exit 1");
  await expect(docker({ name: "h1", docker: "ssh://h1" }, ["ps"])).rejects.toThrow(
    "host h1: docker ps: no space left",
  );
});

it("only this service's containers are stopped, where they run, and not those to keep", async () => {
  await client('case "$*" in *tcp://h1*ps*) printf "keep\\nfailed\\n";; esac');
  const { names, problems } = await containersOf(document).stopAllBut(new Set(["keep"]));
  expect({ names, problems }).toEqual({ names: ["failed"], problems: [] });
  const alive = "--filter status=running --filter status=restarting --filter status=paused";
  expect(await calls()).toEqual([
    `-H tcp://h1 ps --all --format {{.Names}} ${labels("h1")} ${alive}`,
    "-H tcp://h1 stop failed",
    `-H tcp://h2 ps --all --format {{.Names}} ${labels("h2")} ${alive}`,
  ]);
});

it("what an earlier run left ends with its grace, and goes", async () => {
  await client('case "$*" in *tcp://h1*ps*) printf "keep\\nleft\\n";; esac');
  expect(await containersOf(document).removeAllBut(new Set(["keep"]))).toEqual({
    names: ["left"],
    problems: [],
  });
  expect(await calls()).toEqual([
    `-H tcp://h1 ps --all --format {{.Names}} ${labels("h1")}`,
    "-H tcp://h1 rm --force --volumes left",
    "-H tcp://h1 stop left",
    `-H tcp://h2 ps --all --format {{.Names}} ${labels("h2")}`,
  ]);
});

it("a host that does not answer is named, and the others are done", async () => {
  await client('case "$*" in *tcp://h2*) echo dead >&2; exit 1;; *ps*) echo failed;; esac');
  expect(await containersOf(document).stopAllBut(new Set())).toEqual({
    names: ["failed"],
    problems: ["host h2: docker ps: dead"],
  });
});

it("containers that do not run are started, and only those; a host that does not answer is left to the edges", async () => {
  await client(
    'case "$*" in *tcp://h1*inspect*) printf "running 0 0 r\\nexited 0 0 r\\n";; *tcp://h2*) exit 1;; esac',
  );
  const runs = { ...server("h1"), container: "web-h1-0" };
  await containersOf(document, 300).start([runs, server("h1"), server("h2")]);
  expect((await calls()).filter((call) => call.includes(" start "))).toEqual(["-H tcp://h1 start web-h1-1"]);
});

it("a host that does not answer for a moment is asked again for what it has to start", async () => {
  await client(
    `case "$*" in *inspect*) if [ -e ${directory}/asked ]; then echo created 0 0 r; else touch ${directory}/asked; exit 1; fi;; esac`,
  );
  await containersOf(document).start([server("h1")]);
  expect((await calls()).filter((call) => call.includes(" start "))).toEqual(["-H tcp://h1 start web-h1-1"]);
});

it("what cannot be started is reported when nothing is being started any more", async () => {
  await client(
    `case "$*" in *inspect*) echo exited 0 0 r;; *h1*start*) echo 'no such program' >&2; exit 1;; *h2*start*) sleep 0.5; touch ${directory}/started;; esac`,
  );
  await expect(containersOf(document).start([server("h1"), server("h2")])).rejects.toThrow("no such program");
  await readFile(join(directory, "started"));
});

it("a container that is not there is no error, and any other problem is one", async () => {
  await client("echo 'Error: No such object: web-h1-1' >&2; exit 1");
  expect(await containersOf(document).inspect(server("h1"))).toMatchObject({ status: "missing" });
  await client("echo 'dial tcp: i/o timeout' >&2; exit 1");
  await expect(containersOf(document).inspect(server("h1"))).rejects.toThrow(
    "host h1: docker inspect: dial tcp",
  );
});

it("containers that are looked at in the same moment are one call to each host", async () => {
  await client(
    'case "$*" in *tcp://h1*) printf "running 0 0 r1\\nexited 2 1 r2\\n";; *) echo "running 0 0 r1";; esac',
  );
  const containers = containersOf(document);
  const second = { ...server("h1"), container: "web-h1-2" };
  expect(await Promise.all([server("h1"), second, server("h2")].map(containers.inspect))).toEqual([
    { status: "running", restarts: 0, exitCode: 0, revision: "r1" },
    { status: "exited", restarts: 2, exitCode: 1, revision: "r2" },
    { status: "running", restarts: 0, exitCode: 0, revision: "r1" },
  ]);
  expect((await calls()).map((call) => call.replace(/--format .*}} /, ""))).toEqual([
    "-H tcp://h1 inspect web-h1-1 web-h1-2",
    "-H tcp://h2 inspect web-h2-1",
  ]);
});

it("of several containers the one that is not there is found", async () => {
  await client(
    'case "$*" in *web-h1-2*) echo "Error: No such object: web-h1-2" >&2; exit 1;; *) echo "running 0 0 r1";; esac',
  );
  const containers = containersOf(document);
  const second = { ...server("h1"), container: "web-h1-2" };
  expect(await Promise.all([server("h1"), second].map(containers.inspect))).toMatchObject([
    { status: "running" },
    { status: "missing" },
  ]);
});
