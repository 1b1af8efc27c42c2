import { cp, mkdir, mkdtemp, readFile, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import path from "node:path";
import { execa } from "execa";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { fileBackend, toolEnvironment } from "../../tools/environment.ts";
import { labHosts } from "../../tools/lab/hosts.ts";
import { buildFolder } from "../../tools/setup/build.ts";
import { yamlBuild } from "../../tools/setup/builds.ts";
import { goBuild } from "../../tools/setup/goBuild.ts";
import { blocksOf } from "../support/documentation.ts";
import { compile, installPackage } from "../support/installedPackage.ts";

/** The examples, with the package as it is installed, on two hosts of the lab. */
const repository = path.resolve(import.meta.dirname, "../..");
const [first, second] = labHosts as [(typeof labHosts)[0], (typeof labHosts)[0]];
const secret = "db://not-to-be-seen";

/** Where the package is installed, and the program in TypeScript is. */
let folder: string;
/** Where programs in other languages are: no folder above it knows the package. */
let elsewhere: string;

beforeAll(async () => {
  folder = await mkdtemp(path.join(tmpdir(), "handover-examples-"));
  elsewhere = await mkdtemp(path.join(tmpdir(), "handover-elsewhere-"));
  await installPackage(folder);
});

afterAll(async () => {
  for (const each of [folder, elsewhere]) await rm(each, { recursive: true, force: true });
});

/** Where the example runs here: other addresses, images and ports, and the plugin of the installed package. */
function here(text: string): string {
  return text
    .replaceAll("ssh://deploy@10.0.0.11", first.docker)
    .replaceAll("ssh://deploy@10.0.0.12", second.docker)
    .replaceAll("10.0.0.11", first.address)
    .replaceAll("10.0.0.12", second.address)
    .replaceAll("registry.example.com/acme/web:1.4", "handover-example:v1")
    .replaceAll("../../plugin", path.join(folder, "node_modules/handover/plugin"));
}

class Example {
  private readonly folder: string;
  private readonly environment: Record<string, string>;

  private constructor(folder: string, environment: Record<string, string>) {
    this.folder = folder;
    this.environment = environment;
  }

  /**
   * @param adapt what else is different here
   * @param tools a folder of programs that Pulumi needs for it
   */
  static async copy(name: string, adapt: (text: string) => string, tools = ""): Promise<Example> {
    const own = path.join(name === "typescript" ? folder : elsewhere, name);
    await cp(path.join(repository, "examples", name), own, { recursive: true });
    for (const file of ["Pulumi.yaml", "index.ts"]) {
      const text = await readFile(path.join(own, file), "utf8").catch(() => undefined);
      if (text !== undefined) await writeFile(path.join(own, file), adapt(here(text)));
    }
    await mkdir(path.join(own, "state"));
    const environment = toolEnvironment();
    const example = new Example(own, {
      ...environment,
      PATH: `${environment.PATH}:${tools}`,
      PULUMI_BACKEND_URL: fileBackend(path.join(own, "state")),
      PULUMI_CONFIG_PASSPHRASE: "for this test only",
    });
    await example.pulumi("stack", "init", `example-${name}`);
    await example.pulumi("config", "set", "--secret", "databaseUrl", secret);
    return example;
  }

  pulumi(...args: string[]): Promise<string> {
    return this.pulumiWith({}, ...args);
  }

  async pulumiWith(variables: Record<string, string>, ...args: string[]): Promise<string> {
    const { all, failed } = await execa("pulumi", args, {
      cwd: this.folder,
      env: { ...this.environment, ...variables },
      extendEnv: false,
      stdin: "ignore",
      all: true,
      reject: false,
    });
    if (failed) throw new Error(`pulumi ${args.join(" ")}: ${all}`);
    return all;
  }

  compile(): Promise<string> {
    return compile(this.folder);
  }

  async change(by: (text: string) => string): Promise<void> {
    const file = path.join(this.folder, "Pulumi.yaml");
    await writeFile(file, by(await readFile(file, "utf8")));
  }

  state(): Promise<string> {
    return this.pulumi("stack", "export");
  }
}

describe("TypeScript", () => {
  test("the example compiles, and can be previewed", async () => {
    const example = await Example.copy("typescript", (text) => text);
    expect(await example.compile()).toBe("");
    const preview = await example.pulumi("preview");
    expect(preview).toMatch(/docker:index:Container +web-h2-2 +create/);
  });

  test("the program of the README compiles", async () => {
    const program = blocksOf("README.md").find(({ language }) => language === "ts")!;
    await writeFile(path.join(folder, "readme.ts"), program.text);
    expect(await compile(folder, "readme.ts")).toBe("");
  });
});

describe("YAML, through the provider for every language but TypeScript", () => {
  let example: Example;

  beforeAll(async () => {
    const { failed } = await execa("pulumi-language-yaml", ["--help"], {
      env: toolEnvironment(),
      reject: false,
    });
    if (failed) await goBuild(yamlBuild);
    example = await Example.copy(
      "yaml",
      (text) =>
        text
          .replace("port: 80 }", "port: 8091, statsPort: 8491 }")
          .replace("      services:", "      haproxyImage: handover-haproxy:local\n      services:"),
      buildFolder(yamlBuild),
    );
  });

  afterAll(() => example.pulumi("destroy", "--yes"));

  test("the plugin says its schema, which is the checkout's", async () => {
    const provider = path.join(folder, "node_modules/handover/plugin/pulumi-resource-handover");
    const said = await example.pulumi("package", "get-schema", provider);
    const file = await readFile(path.join(repository, "plugin/schema.json"), "utf8");
    expect(descriptions(said)).toEqual(descriptions(file));
    expect(descriptions(said)).toContain("How many replicas run.");
  });

  test("the example is previewed, deployed and serves, and its secret stays one", async () => {
    expect(await example.pulumi("preview")).toMatch(/docker:index:Container +web-h2-2 +create/);
    expect(await example.pulumi("up", "--yes", "--skip-preview")).toContain("4 new replicas in");
    const answer = await fetch(`http://${first.address}:8091/`);
    expect(await answer.json()).toMatchObject({ version: "v1" });
    expect(await example.state()).not.toContain(secret);
    expect(await example.pulumi("preview", "--expect-no-changes")).toContain("unchanged");
  });

  test("what PulumiPlugin.yaml says starts the same provider", async () => {
    // Pulumi's host for Node.js does this; the one that is built where Pulumi cannot be downloaded is too old for it.
    const modules = path.join(folder, "node_modules");
    const started = execa("node", [
      path.join(modules, "@pulumi/pulumi/cmd/run-plugin"),
      path.join(modules, "handover/plugin"),
      "127.0.0.1:1",
    ]);
    try {
      const port = await new Promise<string>((resolve, reject) => {
        started.stdout.once("data", (text: Buffer) => resolve(text.toString().trim()));
        started.catch(reject);
      });
      const attached = { PULUMI_DEBUG_PROVIDERS: `handover:${port}` };
      const preview = await example.pulumiWith(attached, "preview", "--expect-no-changes");
      expect(preview).toContain("unchanged");
    } finally {
      started.kill();
      await started.catch(() => undefined);
    }
  });

  test("what is wrong is said in the words of the configuration", async () => {
    await example.change((text) => text.replace("replicas: 4", "replicas: -4"));
    await expect(example.pulumi("preview")).rejects.toThrow(
      /replicas: must be a whole number from 0 to 1000/,
    );
  });
});

/** What a schema says about the component, its arguments and their types. Pulumi writes the rest in its own way. */
function descriptions(schema: string): string[] {
  return [...schema.matchAll(/"description": "((?:[^"\\]|\\.)*)"/g)].map(([, text = ""]) => text).sort();
}
