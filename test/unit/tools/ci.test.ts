import { cp, mkdtemp, readFile, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import path from "node:path";
import { execa } from "execa";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { parse } from "yaml";
import { program } from "../../../cli/program.ts";

/** The examples for CI, checked by the linters for those files, and against what they call. */
const repository = path.resolve(import.meta.dirname, "../../..");
const minute = 60_000;
const example = (name: string) => path.join(repository, "docs/ci", name);
const tool = { preferLocal: true, localDir: repository, reject: false, all: true, stdin: "ignore" } as const;

let folder: string;
beforeAll(async () => {
  folder = await mkdtemp(path.join(tmpdir(), "handover-ci-"));
  // What the linter for GitLab wants around the file.
  const git = execa({ cwd: folder });
  await git`git init --quiet --initial-branch=main`;
  await git`git remote add origin git@gitlab.example.com:acme/shop.git`;
  await cp(example("gitlab.yml"), path.join(folder, ".gitlab-ci.yml"));
  await git`git add .`;
  await git`git -c user.name=x -c user.email=x@example.com commit --quiet --message x`;
});
afterAll(() => rm(folder, { recursive: true, force: true }));

async function gitlab(source = "push") {
  const variable = `CI_PIPELINE_SOURCE=${source}`;
  return execa("gitlab-ci-local", ["--list", "--home", folder, "--variable", variable], {
    ...tool,
    cwd: folder,
  });
}

describe("GitHub Actions", { timeout: minute }, () => {
  const lint = (file: string) => execa("action-validator", [file], tool);

  it("is right", async () => {
    expect(await lint(example("github.yml"))).toMatchObject({ exitCode: 0, all: "" });
  });

  it("would be found wrong", async () => {
    const text = await readFile(example("github.yml"), "utf8");
    const file = path.join(folder, "github.yml");
    await writeFile(file, text.replace("runs-on:", "run-on:"));
    expect((await lint(file)).exitCode).toBe(1);
  });
});

describe("GitLab CI", { timeout: minute }, () => {
  it("is right: a preview of both stacks for a merge request, and updates for a merge", async () => {
    const request = await gitlab("merge_request_event");
    expect(request.exitCode, request.all).toBe(0);
    for (const job of ["preview: [staging,advisory]", "preview: [prod,mandatory]"])
      expect(request.stdout).toContain(job);
    const { stdout } = await gitlab();
    expect(stdout).toMatch(/^staging +staging +on_success /m);
    expect(stdout).toMatch(/^prod +prod +manual /m);
    expect(stdout).not.toContain("preview");
  });

  it("would be found wrong", async () => {
    const file = path.join(folder, ".gitlab-ci.yml");
    const text = await readFile(file, "utf8");
    await writeFile(file, text.replace("stage: staging", "stage: stagign"));
    expect((await gitlab()).exitCode).not.toBe(0);
    await writeFile(file, text);
  });
});

describe.each(["github.yml", "gitlab.yml"])("%s", (name) => {
  it("says the same as the command line and the policy pack", async () => {
    const text = await readFile(example(name), "utf8");
    const [, words = ""] = /node bin\/handover\.js (.*)$/m.exec(text) ?? [];
    const promote = program({ code: 0 }).commands.find((command) => command.name() === words.split(" ")[0]);
    const options = promote?.options.map(({ long }) => long);
    for (const [option] of words.matchAll(/--[a-z]+/g)) expect(options).toContain(option);
    for (const [, level] of text.matchAll(/(?:policy|POLICY): (\w+)/g))
      expect(JSON.parse(await readFile(path.join(repository, `policy/${level}.json`), "utf8"))).toEqual({
        all: level,
      });
    expect(text).toContain("--policy-pack-config policy/advisory.json");
    expect(parse(text)).toBeTypeOf("object");
  });
});
