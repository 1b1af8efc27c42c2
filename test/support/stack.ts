import { randomBytes } from "node:crypto";
import { mkdir, mkdtemp, readdir, readFile, rm, symlink, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import path from "node:path";
import {
  LocalWorkspace,
  type EngineEvent,
  type OutputMap,
  type Stack,
} from "@pulumi/pulumi/automation/index.js";
import type { HostState, ServiceConfig, StackConfig } from "../../components/types.ts";
import { until } from "../../components/until.ts";
import { fileBackend, toolEnvironment, type ToolEnvironment } from "../../tools/environment.ts";
import { labHosts } from "../../tools/lab/hosts.ts";
import { now } from "./load/types.ts";
import { readEvents, type Update } from "./update.ts";

const repository = path.resolve(import.meta.dirname, "../..");

/** What another process needs to work on a stack. */
export interface StackLocation {
  name: string;
  /** The directory of its own backend and Pulumi home. */
  directory: string;
  passphrase: string;
}

/** The environment of a process that works on a stack. */
export function stackEnvironment({ directory, passphrase }: StackLocation): ToolEnvironment {
  return {
    ...toolEnvironment(),
    PULUMI_HOME: path.join(directory, "home"),
    PULUMI_BACKEND_URL: fileBackend(path.join(directory, "state")),
    PULUMI_CONFIG_PASSPHRASE: passphrase,
    PULUMI_SKIP_UPDATE_CHECK: "true",
  };
}

/** What a test may change of a stack's configuration: a key that is given replaces the whole key. */
export type TestConfig = Partial<StackConfig>;

/**
 * A stack of the real program (this repository's `Pulumi.yaml`) on the real engine. It has a backend, a Pulumi home and
 * a passphrase of its own, and its configuration begins as that of the stack `lab`.
 */
export class TestStack {
  readonly location: StackLocation;
  private readonly stack: Stack;

  private constructor(location: StackLocation, stack: Stack) {
    this.location = location;
    this.stack = stack;
  }

  get name(): string {
    return this.location.name;
  }

  /** Another empty stack in the same backend, configured as this one is, or in exactly this way. */
  async beside(config?: TestConfig): Promise<TestStack> {
    const stack = await TestStack.open({ ...this.location, name: newName() });
    if (config) {
      await stack.configure(config);
    } else {
      const { config: ours } = await this.stack.workspace.stackSettings(this.name);
      await stack.saveConfig({ ...ours });
    }
    return stack;
  }

  /** Creates an empty stack, configured as `Pulumi.lab.yaml` says, on this checkout's lab. */
  static async create(): Promise<TestStack> {
    const directory = await mkdtemp(path.join(tmpdir(), "handover-test-"));
    await mkdir(path.join(directory, "state"));
    await mkdir(path.join(directory, "home"));
    await symlink(
      path.join(toolEnvironment().PULUMI_HOME, "plugins"),
      path.join(directory, "home", "plugins"),
    );
    const location = {
      name: newName(),
      directory,
      passphrase: randomBytes(16).toString("hex"),
    };
    const stack = await TestStack.open(location);
    const { config } = await stack.stack.workspace.stackSettings("lab");
    const hosts = labHosts.map(({ name, address, docker }) => [name, { address, docker }]);
    await stack.saveConfig({ ...config, "handover:hosts": Object.fromEntries(hosts) });
    return stack;
  }

  /** Opens a stack that another process has created. */
  static async open(location: StackLocation): Promise<TestStack> {
    const environment = stackEnvironment(location);
    // The Automation API looks for the command line tool on this process's own path.
    process.env.PATH = environment.PATH;
    const stack = await LocalWorkspace.createOrSelectStack(
      { stackName: location.name, workDir: repository },
      {
        pulumiHome: path.join(location.directory, "home"),
        secretsProvider: "passphrase",
        envVars: environment,
      },
    );
    return new TestStack(location, stack);
  }

  /** What a process needs that works on this stack. */
  get commandLine(): { cwd: string; env: Record<string, string> } {
    const { workDir, envVars, pulumiHome = "" } = this.stack.workspace;
    return { cwd: workDir, env: { ...(envVars as Record<string, string>), PULUMI_HOME: pulumiHome } };
  }

  /** What is documented after a run that was killed: lets go of its lock. */
  async cancel(): Promise<void> {
    await this.stack.cancel();
  }

  /** The configuration as it stands in the stack's file. */
  async config(): Promise<StackConfig> {
    const { config = {} } = await this.stack.workspace.stackSettings(this.name);
    return Object.fromEntries(
      Object.entries(config).map(([key, value]) => [key.replace(/^handover:/, ""), value]),
    ) as unknown as StackConfig;
  }

  /** Sets configuration keys to these values. Nothing is deployed. */
  async configure(config: TestConfig): Promise<void> {
    const { config: current } = await this.stack.workspace.stackSettings(this.name);
    const given = Object.entries(config).map(([key, value]) => [`handover:${key}`, value]);
    await this.saveConfig({ ...current, ...Object.fromEntries(given) });
  }

  /** Sets the hosts' states, those that are not given to `active`. Nothing is deployed. */
  async setHostStates(states: Partial<Record<string, HostState>>): Promise<void> {
    const { hosts } = await this.config();
    const changed = Object.entries(hosts).map(([name, host]) => [
      name,
      { ...host, state: states[name] ?? "active" },
    ]);
    await this.configure({ hosts: Object.fromEntries(changed) });
  }

  /** Changes one service, and leaves the others alone. */
  async configureService(name: string, service: Partial<ServiceConfig>): Promise<void> {
    const { services } = await this.config();
    await this.configure({ services: { ...services, [name]: { ...services[name]!, ...service } } });
  }

  async setSecret(key: string, value: string): Promise<void> {
    await this.stack.setConfig(key, { value, secret: true });
  }

  /**
   * Runs `pulumi up`.
   * @throws when it fails, or when nothing was to change and something would
   */
  async up({ expectNoChanges = false, refresh = false } = {}): Promise<Update> {
    return this.command((record) => this.stack.up({ ...record, expectNoChanges, refresh }));
  }

  /** Waits until an update holds the stack's lock. */
  async untilLocked(): Promise<void> {
    const isLocked = () => this.isLocked();
    if (!(await until(isLocked, { within: 10_000, every: 20 }))) throw new Error("no update has begun");
  }

  /**
   * Has the stack as nobody works on it. A test that failed in the middle of an update is not to fail those that come
   * after it: what it began may end, and is given up when it does not.
   */
  async settle(): Promise<void> {
    const isFree = async () => !(await this.isLocked());
    if (!(await until(isFree, { within: 60_000, every: 100 }))) await this.cancel();
  }

  private async isLocked(): Promise<boolean> {
    const locks = path.join(this.location.directory, "state", ".pulumi", "locks");
    const files = await readdir(locks, { recursive: true }).catch(() => []);
    return files.some((file) => path.basename(path.dirname(file)) === this.name && file.endsWith(".json"));
  }

  /**
   * Runs an `up` that has to fail, and returns what it did and said.
   * @throws when it succeeds
   */
  async failingUp(): Promise<Update> {
    return this.failing((record) => this.stack.up(record));
  }

  /** The same of a preview. */
  async failingPreview(): Promise<Update> {
    return this.failing((record) => this.stack.preview(record));
  }

  async preview(): Promise<Update> {
    return this.command((record) => this.stack.preview({ ...record, diff: true }), { planned: true });
  }

  async destroy(): Promise<Update> {
    return this.command((record) => this.stack.destroy(record));
  }

  outputs(): Promise<OutputMap> {
    return this.stack.outputs();
  }

  /** The stack's state as the backend stores it: secrets are encrypted. */
  async storedState(): Promise<string> {
    return readFile(this.stateFile, "utf8");
  }

  /** Puts an earlier state in the place of the stack's own, or an empty one. */
  async restoreState(state: string | undefined): Promise<void> {
    await writeFile(this.stateFile, state ?? emptied(await this.storedState()));
  }

  /** The resources in the stored state, by name and id. */
  async storedResources(): Promise<string[]> {
    const { checkpoint } = JSON.parse(await this.storedState()) as {
      checkpoint: { latest: { resources: { urn: string; id?: string }[] } };
    };
    return checkpoint.latest.resources.map(({ urn, id }) => `${urn} ${id}`).sort();
  }

  /** Removes the stack's file, its backend and its home. What it deployed is to be destroyed before. */
  async remove(): Promise<void> {
    await this.removeFile();
    await rm(this.location.directory, { recursive: true, force: true });
  }

  /** Removes the stack's file: of a stack that is beside another. */
  async removeFile(): Promise<void> {
    await rm(path.join(repository, `Pulumi.${this.name}.yaml`), { force: true });
  }

  private get stateFile(): string {
    return path.join(
      this.location.directory,
      ...["state", ".pulumi", "stacks", "handover", `${this.name}.json`],
    );
  }

  private async saveConfig(config: Record<string, unknown>): Promise<void> {
    const settings = await this.stack.workspace.stackSettings(this.name);
    await this.stack.workspace.saveStackSettings(this.name, {
      ...settings,
      // Its type knows scalars only; the file holds whatever YAML can say.
      config: config as NonNullable<typeof settings.config>,
    });
  }

  private async failing(run: (record: Recorder) => Promise<unknown>): Promise<Update> {
    const failed = new Error("the command was to fail");
    return this.command(async (record) => {
      const succeeded = await run(record).then(
        () => true,
        () => false,
      );
      if (succeeded) throw failed;
    });
  }

  private async command(
    run: (record: Recorder) => Promise<unknown>,
    options?: { planned?: boolean },
  ): Promise<Update> {
    const events: EngineEvent[] = [];
    const printed: string[] = [];
    const print = (text: string) => void printed.push(text);
    const commanded = now();
    await run({
      onEvent: (event) => void events.push(event),
      onOutput: print,
      onError: print,
      color: "never",
    });
    return { ...readEvents(events, options), output: printed.join(""), commanded };
  }
}

function newName(): string {
  return `test-${randomBytes(3).toString("hex")}`;
}

function emptied(state: string): string {
  const stored = JSON.parse(state) as { checkpoint: { latest: object } };
  stored.checkpoint.latest = { ...stored.checkpoint.latest, resources: [] };
  return JSON.stringify(stored);
}

interface Recorder {
  onEvent: (event: EngineEvent) => void;
  onOutput: (text: string) => void;
  onError: (text: string) => void;
  color: "never";
}
