import { closeSync, openSync } from "node:fs";
import { mkdir, rm, writeFile } from "node:fs/promises";
import { spawn } from "node:child_process";
import { execa } from "execa";
import { until } from "../../components/until.ts";
import { unmountDisk } from "./disk.ts";
import type { LabHost } from "./hosts.ts";
import { unmountUnder } from "../mounts.ts";
import { endProcess, runningProcess } from "../pidFile.ts";

const startsWithin = 60_000;

/** Whether the host's Docker Engine answers. */
export async function engineAnswers(host: LabHost): Promise<boolean> {
  const { failed } = await execa("docker", ["-H", host.docker, "version"], { reject: false, timeout: 5_000 });
  return !failed;
}

/** Starts a host's Docker Engine, with what its disk has, and waits until it answers. */
export async function startEngine(host: LabHost): Promise<void> {
  await unmountUnder(host.runDirectory, host.dataDirectory);
  await rm(host.runDirectory, { recursive: true, force: true });
  await mkdir(host.runDirectory, { recursive: true });
  await mkdir(host.dataDirectory, { recursive: true });
  // A containerd of its own: an engine takes the machine's where there is one, and hosts must share nothing.
  const config = `${host.runDirectory}/containerd.toml`;
  await writeFile(
    config,
    `version = 2
root = "${host.dataDirectory}/containerd"
state = "${host.runDirectory}/containerd"
disabled_plugins = ["io.containerd.grpc.v1.cri"]
[grpc]
  address = "${containerdSocket(host)}"
`,
  );
  runIn(host, "containerd", ["containerd", "--config", config]);
  await startDaemon(host);
}

/** Ends a host's Docker daemon alone, in order or by a crash, and starts it again. Nothing else on the host ends with it. */
export async function restartDaemon(host: LabHost, how: "in order" | "crash"): Promise<void> {
  if (how === "in order") await stopEngine(host);
  else await endProcess(pidFile(host), "dockerd", 10_000, "SIGKILL");
  await startDaemon(host);
}

/**
 * Lets a host's Docker daemon hang: it takes connections and answers nothing, and its containers run on.
 * @returns what lets it go on
 */
export async function hangDaemon(host: LabHost): Promise<() => void> {
  const daemon = await runningProcess(pidFile(host), "dockerd");
  if (daemon === undefined) throw new Error(`No Docker daemon runs on ${host.name}.`);
  process.kill(daemon, "SIGSTOP");
  return () => void process.kill(daemon, "SIGCONT");
}

/** Starts the Docker daemon on the containerd that runs already, and waits until it answers. */
async function startDaemon(host: LabHost): Promise<void> {
  runIn(host, "dockerd", [
    ...["dockerd", "--host", host.docker, "--containerd", containerdSocket(host)],
    ...["--pidfile", pidFile(host)],
    ...["--data-root", `${host.dataDirectory}/docker`, "--exec-root", `${host.runDirectory}/exec`],
    ...["--config-file", await engineSettings(host)],
  ]);
  const started = await until(async () => (await engineAnswers(host)) || undefined, { within: startsWithin });
  if (!started) {
    throw new Error(
      `The Docker Engine of ${host.name} does not answer within ${startsWithin / 1000} s: see ${log(host, "dockerd")}.`,
    );
  }
}

/** Stops it in order: its containers get their SIGTERM. */
export async function stopEngine(host: LabHost): Promise<void> {
  await endProcess(pidFile(host), "dockerd", 30_000);
}

/** Forgets what a host had on its disk. */
export async function wipe(host: LabHost): Promise<void> {
  await unmountUnder(host.runDirectory, host.dataDirectory);
  await unmountDisk(host);
  await rm(host.runDirectory, { recursive: true, force: true });
  await rm(host.dataDirectory, { recursive: true, force: true });
}

/** The engine's own settings: those of this machine's engine are not for the lab's. */
async function engineSettings(host: LabHost): Promise<string> {
  const { stdout } = await execa("dockerd", ["--version"]);
  const major = Number(/version (\d+)\./.exec(stdout)?.[1]);
  // Up to version 24 an engine's id is that of a key which lies in /etc: all the hosts would be the same machine.
  const settings = major < 25 ? { "deprecated-key-path": `${host.dataDirectory}/key.json` } : {};
  const file = `${host.runDirectory}/daemon.json`;
  await writeFile(file, JSON.stringify(settings));
  return file;
}

/** Runs a program on the host, which goes on when this process ends. */
function runIn(host: LabHost, name: string, command: string[]): void {
  const output = openSync(log(host, name), "a");
  // `ip netns exec` would hide the mounts of the control groups.
  const child = spawn("nsenter", [`--net=/run/netns/${host.namespace}`, ...command], {
    detached: true,
    stdio: ["ignore", output, output],
  });
  child.unref();
  closeSync(output);
}

function containerdSocket(host: LabHost): string {
  return `${host.runDirectory}/containerd.sock`;
}

function pidFile(host: LabHost): string {
  return `${host.runDirectory}/docker.pid`;
}

function log(host: LabHost, program: string): string {
  return `${host.runDirectory}/${program}.log`;
}
