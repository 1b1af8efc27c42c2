import { spawn } from "node:child_process";
import { closeSync, existsSync, openSync } from "node:fs";
import { mkdir, rm } from "node:fs/promises";
import path from "node:path";
import { execa } from "execa";
import { until } from "../../components/until.ts";
import { cache } from "../folders.ts";
import { unmountUnder } from "../mounts.ts";
import { endProcess } from "../pidFile.ts";
import { aptInstall, hasApt } from "./apt.ts";
import { report } from "./report.ts";

/** The Docker Engine of this machine, as the stack `dev` uses it. */
export const localDocker = "unix:///var/run/docker.sock";

const startsWithin = 60_000;

/** An engine that set-up itself starts, where nothing else on this machine starts services. */
const own = {
  run: "/run/handover-engine",
  pidFile: "/run/handover-engine/docker.pid",
  data: path.join(cache, "engine"),
  log: path.join(cache, "engine.log"),
};

/**
 * Sees to a Docker Engine that answers: the one that is there, else that of the distribution's packages.
 * @throws Error that says what to type, where this process may not install or start one
 */
export async function ensureDocker(): Promise<void> {
  if (await answers()) return;
  if (process.platform !== "linux" || process.getuid?.() !== 0 || !hasApt()) {
    throw new Error(await whatToType());
  }
  await aptInstall({ dockerd: "docker.io", docker: "docker.io" });
  if (await answers()) return;
  if (existsSync("/run/systemd/system")) {
    report("starting the Docker Engine");
    await execa("systemctl", ["start", "docker"]);
  } else {
    await startOwnEngine();
  }
  const started = await until(async () => (await answers()) || undefined, { within: startsWithin });
  if (!started) {
    throw new Error(
      `The Docker Engine does not answer at ${localDocker} within ${startsWithin / 1000} s. Try: docker info`,
    );
  }
}

/** Stops the engine that set-up has started, if it has. Its images stay. */
export async function stopOwnEngine(): Promise<void> {
  if (!existsSync(own.run)) return;
  await endProcess(own.pidFile, "dockerd", 60_000);
  await unmountUnder(own.run, own.data);
  await rm(own.run, { recursive: true, force: true });
}

async function startOwnEngine(): Promise<void> {
  report(`starting a Docker Engine, as no service manager runs here; it keeps its data in ${own.data}`);
  await stopOwnEngine();
  await mkdir(own.run, { recursive: true });
  await mkdir(own.data, { recursive: true });
  const log = openSync(own.log, "a");
  const dockerd = ["--host", localDocker, "--data-root", own.data, "--exec-root", own.run];
  spawn("dockerd", [...dockerd, "--pidfile", own.pidFile], {
    detached: true,
    stdio: ["ignore", log, log],
  }).unref();
  closeSync(log);
}

async function answers(): Promise<boolean> {
  const { failed } = await execa("docker", ["-H", localDocker, "version"], {
    reject: false,
    timeout: 10_000,
  });
  return !failed;
}

async function whatToType(): Promise<string> {
  const { stderr } = await execa("docker", ["-H", localDocker, "version"], {
    reject: false,
    timeout: 10_000,
  });
  if (/permission denied/i.test(stderr ?? "")) {
    return `The Docker Engine at ${localDocker} does not let you in. Type: sudo usermod --append --groups docker "$USER", log in again, and run this again.`;
  }
  if (process.platform !== "linux") {
    return `No Docker Engine answers at ${localDocker}. Install or start Docker Desktop (let it use the default socket), and run this again.`;
  }
  return `No Docker Engine answers at ${localDocker}. Type, as root: ${
    hasApt() ? "apt-get install docker.io" : "curl -fsSL https://get.docker.com | sh"
  }; systemctl start docker. Then run this again.`;
}
