import { createHash } from "node:crypto";
import { mkdtemp, readdir, readFile, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import path from "node:path";
import { execa } from "execa";
import { checkout } from "../folders.ts";
import { localDocker } from "./docker.ts";
import { imageSource, importImage } from "./image.ts";
import { pull } from "./pull.ts";
import { report } from "./report.ts";

const sources = path.join(checkout, "example");
const compiler = "golang:1.26";

/** The environment of each version of the example application. */
const versions: Record<string, Record<string, string>> = {
  v1: { VERSION: "v1" },
  v2: { VERSION: "v2" },
  v3: { VERSION: "v3" },
  broken: { VERSION: "broken", FAULT: "never-healthy" },
};

const imageOf = (version: string) => `handover-example:${version}`;

export const exampleImages: readonly string[] = Object.keys(versions).map(imageOf);

/** Makes the images of the example application that are missing or older than its sources. */
export async function ensureExampleImages(): Promise<void> {
  const source = await hashOfSources();
  const present = await Promise.all(exampleImages.map(imageSource));
  if (present.every((each) => each === source)) return;
  report(`building the example application: ${exampleImages.join(", ")}`);
  const folder = await mkdtemp(path.join(tmpdir(), "handover-example-"));
  try {
    await compile(path.join(folder, "example"));
    for (const [version, environment] of Object.entries(versions)) {
      await importImage(imageOf(version), folder, {
        source,
        changes: [
          ...Object.entries(environment).map(([name, value]) => `ENV ${name}=${value}`),
          "USER 65534",
          `ENTRYPOINT ["/example"]`,
        ],
      });
    }
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
}

/** Builds a static program: with the machine's Go, or with that of an image. */
async function compile(program: string): Promise<void> {
  const build = ["build", "-trimpath", "-ldflags", "-s -w"];
  if (!(await execa("go", ["version"], { reject: false })).failed) {
    await execa("go", [...build, "-o", program, "."], {
      cwd: sources,
      env: { CGO_ENABLED: "0", GOFLAGS: "", GOWORK: "off" },
    });
    return;
  }
  if (!(await pull(compiler))) {
    throw new Error(
      `The example application is written in Go, and there is neither a Go on the PATH nor a registry that has ${compiler}. Install Go (https://go.dev/dl/), or let the Docker Engine reach a registry; then run npm run setup again.`,
    );
  }
  const script = `cd "$(mktemp -d)" && tar -x && CGO_ENABLED=0 go ${build.map((word) => `'${word}'`).join(" ")} -o /tmp/example . && cat /tmp/example`;
  const run = ["-H", localDocker, "run", "--rm", "--interactive", compiler, "sh", "-c", script];
  const { stdout } = await execa("tar", ["--create", "--directory", sources, "."], {
    encoding: "buffer",
    buffer: false,
  }).pipe("docker", run, { encoding: "buffer" });
  await writeFile(program, stdout, { mode: 0o755 });
}

async function hashOfSources(): Promise<string> {
  const hash = createHash("sha256").update(JSON.stringify(versions));
  for (const file of (await readdir(sources)).sort()) {
    hash.update(file).update(await readFile(path.join(sources, file)));
  }
  return hash.digest("hex").slice(0, 12);
}
