import { chmod, cp, mkdir, readdir, symlink, writeFile } from "node:fs/promises";
import path from "node:path";
import { execa } from "execa";
import { until } from "../../components/until.ts";
import { fileBackend, toolEnvironment } from "../../tools/environment.ts";

const repository = path.resolve(import.meta.dirname, "../..");

/** What a checkout needs to deploy. */
const program = ["Pulumi.yaml", "package.json", "index.ts", "components", "cli", "bin"];

/** Somebody at a machine of their own: a home, a checkout, a shell that knows `pulumi`, `handover` and `ssh`. */
export class Operator {
  readonly home: string;
  readonly checkout: string;
  private readonly environment: Record<string, string>;

  private constructor(home: string, checkout: string, environment: Record<string, string>) {
    this.home = home;
    this.checkout = checkout;
    this.environment = environment;
  }

  static async create(folder: string): Promise<Operator> {
    const [home, checkout, bin] = ["home", "checkout", "bin"].map((name) => path.join(folder, name)) as [
      string,
      string,
      string,
    ];
    for (const each of [`${home}/.ssh`, `${home}/state`, checkout, bin])
      await mkdir(each, { recursive: true });
    await chmod(`${home}/.ssh`, 0o700);
    for (const name of program)
      await cp(path.join(repository, name), path.join(checkout, name), { recursive: true });
    await symlink(path.join(repository, "node_modules"), path.join(checkout, "node_modules"));
    await symlink(path.join(checkout, "bin/handover.js"), path.join(bin, "handover"));
    await writeFile(path.join(bin, "ssh"), ssh, { mode: 0o755 });
    await writeFile(path.join(home, ".ssh/config"), "");
    await writeFile(path.join(home, "passphrase"), "for this test only");
    const { PATH, ...environment } = toolEnvironment();
    return new Operator(home, checkout, {
      ...environment,
      PATH: `${bin}:${PATH}`,
      HOME: home,
      PULUMI_BACKEND_URL: fileBackend(`${home}/state`),
      PULUMI_CONFIG_PASSPHRASE_FILE: `${home}/passphrase`,
      PULUMI_SKIP_UPDATE_CHECK: "true",
    });
  }

  /** Writes ssh's configuration, whose paths begin with this one's home. */
  async configureSsh(text: string): Promise<void> {
    await writeFile(path.join(this.home, ".ssh/config"), text.replaceAll("~", this.home));
  }

  /**
   * Types commands into a shell that ends at the first that fails.
   * @returns everything that they have written
   */
  async type(commands: string, variables: Record<string, string> = {}): Promise<string> {
    const { all, failed, shortMessage } = await this.shell(commands, variables);
    if (failed) throw new Error(`${shortMessage}\n${all}`);
    return all;
  }

  /** Types a command and kills its program, without a chance to clean up, as soon as it holds the stack's lock. */
  async kill(command: string): Promise<void> {
    const running = this.shell(`exec ${command}`);
    const locks = path.join(this.home, "state/.pulumi/locks");
    const locked = await until(
      async () => (await readdir(locks, { recursive: true })).some((file) => file.endsWith(".json")),
      { within: 30_000, every: 20 },
    );
    running.kill("SIGKILL");
    const { all } = await running;
    if (!locked) throw new Error(`no update has begun:\n${all}`);
  }

  /** Ends the connections that ssh keeps open to these hosts. */
  async leave(hosts: string[]): Promise<void> {
    for (const host of hosts)
      await this.shell(`ssh -O exit deploy@${host} || true; ssh -O exit root@${host} || true`);
  }

  private shell(commands: string, variables: Record<string, string> = {}) {
    return execa("bash", ["-euo", "pipefail", "-c", commands], {
      cwd: this.checkout,
      env: { ...this.environment, ...variables },
      extendEnv: false,
      stdin: "ignore",
      all: true,
      reject: false,
    });
  }
}

/** ssh looks for its files in the home that /etc/passwd names, whatever HOME is. */
const ssh = `#!/bin/sh
exec /usr/bin/ssh -F "$HOME/.ssh/config" -o UserKnownHostsFile="$HOME/.ssh/known_hosts" -o IdentityFile="$HOME/.ssh/id_ed25519" "$@"
`;
