import { cp, mkdir, mkdtemp, rm, symlink, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import path from "node:path";
import { execa } from "execa";
import { fileBackend, toolEnvironment } from "../../tools/environment.ts";

const repository = path.resolve(import.meta.dirname, "../..");

/** The program of this repository as a project in a folder and with a backend of its own, for previews. */
export class Project {
  readonly folder: string;
  /** Folders that its programs find others in, besides the tools' own. */
  readonly searchPath: string[] = [];
  /** Where its state is. */
  backend: string;

  private constructor(folder: string) {
    this.folder = folder;
    this.backend = fileBackend(path.join(folder, "state"));
  }

  /** @param files what lies in its folder, by name */
  static async create(files: Record<string, string>): Promise<Project> {
    const folder = await mkdtemp(path.join(tmpdir(), "handover-project-"));
    const project = new Project(folder);
    for (const name of ["index.ts", "node_modules", "package.json"])
      await symlink(path.join(repository, name), path.join(folder, name));
    await cp(path.join(repository, "Pulumi.yaml"), path.join(folder, "Pulumi.yaml"));
    await mkdir(path.join(folder, "state"));
    for (const [name, text] of Object.entries(files)) await project.write(name, text);
    return project;
  }

  async write(name: string, text: string): Promise<void> {
    await writeFile(path.join(this.folder, name), text);
  }

  pulumi(...args: string[]): Promise<{ exitCode?: number; all: string }> {
    return this.run("pulumi", ...args);
  }

  handover(...args: string[]): Promise<{ exitCode?: number; all: string }> {
    return this.run("node", path.join(repository, "bin/handover.js"), ...args);
  }

  private async run(program: string, ...args: string[]): Promise<{ exitCode?: number; all: string }> {
    const { exitCode, all } = await execa(program, args, {
      cwd: this.folder,
      env: this.environment,
      extendEnv: false,
      reject: false,
      stdin: "ignore",
      all: true,
    });
    return { exitCode, all };
  }

  private get environment(): Record<string, string> {
    const tools = toolEnvironment();
    return {
      ...tools,
      PATH: [tools.PATH, ...this.searchPath].join(path.delimiter),
      PULUMI_BACKEND_URL: this.backend,
      PULUMI_CONFIG_PASSPHRASE: "for this test only",
      NO_COLOR: "1",
    };
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await rm(this.folder, { recursive: true, force: true });
  }
}
