import { spawn, type ChildProcess } from "node:child_process";
import { once } from "node:events";
import { closeSync, existsSync, openSync } from "node:fs";
import { chmod, mkdir, readFile, writeFile } from "node:fs/promises";
import { connect } from "node:net";
import path from "node:path";
import { execa } from "execa";
import { until } from "../../components/until.ts";
import { aptInstall, isInstalled } from "../../tools/setup/apt.ts";
import type { LabHost } from "../../tools/lab/hosts.ts";

/** Whether an SSH server is there, or can be had without starting one for all the network that this machine is in. */
export const canServeSsh = isInstalled("sshd") || !existsSync("/run/systemd/system");

/**
 * A host of the lab as a server of its own that is reached by SSH: an sshd on its address, with a copy of `/etc` and a
 * `/home` that are only this server's. So users and settings can be made there as the documentation says.
 */
export class SshHost {
  readonly host: LabHost;
  private readonly sshd: ChildProcess;
  private readonly log: string;

  private constructor(host: LabHost, sshd: ChildProcess, log: string) {
    this.host = host;
    this.sshd = sshd;
    this.log = log;
  }

  /**
   * @param folder for its files, kept until the test has ended
   * @param rootKey the public key that may log in as root, as a provider puts it on a new server
   * @param options.isNew whether its disk is empty, else it starts with what it had
   */
  static async start(
    host: LabHost,
    folder: string,
    rootKey: string,
    { isNew = true } = {},
  ): Promise<SshHost> {
    await chmod(folder, 0o755);
    await aptInstall({ sshd: "openssh-server" });
    const own = path.join(folder, host.name);
    if (isNew) await installSystem(own, rootKey);
    // Where sshd keeps its privileges apart; Debian's service makes it.
    await mkdir("/run/sshd", { recursive: true });
    const log = path.join(own, "sshd.log");
    const output = openSync(log, "a");
    const sshd = [
      ...["/usr/sbin/sshd", "-D", "-e", "-o", `ListenAddress=${host.address}`, "-o", "PidFile=none"],
      ...["-o", "HostKey=/etc/ssh/test_host_key", "-o", "PermitRootLogin=prohibit-password"],
      ...["-o", "AuthorizedKeysFile=/etc/ssh/%u_keys .ssh/authorized_keys"],
      // All hosts of the lab share one file system, so the engine's socket is not where it would be on a machine.
      ...["-o", `SetEnv=DOCKER_HOST=${host.docker}`],
    ];
    const script = `mount --bind "$0/etc" /etc && mount --bind "$0/home" /home && exec "$@"`;
    const child = spawn(
      "nsenter",
      [
        `--net=/run/netns/${host.namespace}`,
        ...["unshare", "--mount", "--propagation", "private", "sh", "-c", script, own, ...sshd],
      ],
      { stdio: ["ignore", output, output] },
    );
    closeSync(output);
    const started = new SshHost(host, child, log);
    const listens = await until(() => answers(host.address), { within: 20_000 });
    if (!listens) throw new Error(`sshd on ${host.name} does not answer: ${await started.said()}`);
    return started;
  }

  get pid(): number {
    return this.sshd.pid!;
  }

  /** Types a command on the server, as root. */
  async run(command: string): Promise<void> {
    const inside = ["--target", String(this.pid), "--mount", "--net"];
    await execa("nsenter", [...inside, "bash", "-ec", command], { stdin: "ignore" });
  }

  /** What sshd has written. */
  said(): Promise<string> {
    return readFile(this.log, "utf8");
  }

  async [Symbol.asyncDispose](): Promise<void> {
    if (this.sshd.exitCode !== null || this.sshd.signalCode !== null) return;
    const gone = once(this.sshd, "exit");
    this.sshd.kill("SIGTERM");
    await gone;
  }
}

async function installSystem(folder: string, rootKey: string): Promise<void> {
  await mkdir(path.join(folder, "home"), { recursive: true });
  await execa("cp", ["--archive", "/etc", folder]);
  await writeFile(path.join(folder, "etc/ssh/root_keys"), rootKey);
  await execa("ssh-keygen", [
    "-q",
    "-t",
    "ed25519",
    "-N",
    "",
    "-f",
    path.join(folder, "etc/ssh/test_host_key"),
  ]);
}

function answers(address: string): Promise<boolean> {
  return new Promise((resolve) => {
    const socket = connect({ host: address, port: 22 });
    const end = (open: boolean) => {
      socket.destroy();
      resolve(open);
    };
    socket.once("connect", () => end(true)).once("error", () => end(false));
  });
}
