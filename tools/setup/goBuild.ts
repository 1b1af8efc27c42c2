import { existsSync, readdirSync } from "node:fs";
import { copyFile, mkdir, rename, rm } from "node:fs/promises";
import path from "node:path";
import { execa, ExecaError } from "execa";
import { buildFolder, builds, type Build, type GoProgram } from "./build.ts";
import { report } from "./report.ts";

/** Builds what is missing, in a folder of its own until all of it is there: an interrupted build leaves nothing half-made. */
export async function goBuild(build: Build): Promise<void> {
  const target = buildFolder(build);
  if (existsSync(target)) return;
  const partial = path.join(builds, `partial-${process.pid}-${build.name}`);
  await mkdir(partial, { recursive: true });
  try {
    for (const program of build.programs) await compile(program, partial);
    for (const script of build.scripts ?? [])
      await copyFile(script, path.join(partial, path.basename(script)));
    await rename(partial, target).catch((error: unknown) => {
      // Another set-up has just built the same.
      if (!existsSync(target)) throw error;
    });
  } finally {
    await rm(partial, { recursive: true, force: true });
  }
}

/** Removes what set-ups that were killed have left of their builds. */
export async function removePartialBuilds(): Promise<void> {
  if (!existsSync(builds)) return;
  for (const folder of readdirSync(builds)) {
    const pid = /^partial-(\d+)-/.exec(folder)?.[1];
    if (pid && !isRunning(Number(pid))) await rm(path.join(builds, folder), { recursive: true, force: true });
  }
}

async function compile(program: GoProgram, folder: string): Promise<void> {
  const [variable, version] = program.version;
  const started = performance.now();
  const seconds = () => `${Math.round((performance.now() - started) / 1000)} s`;
  // The machine's own settings must not matter: no GOFLAGS, no workspace above this folder.
  const go = execa({ cwd: program.module, env: { GOFLAGS: "", GOWORK: "off" } })("go", [
    ...["build", "-v", "-mod=readonly", "-buildvcs=false"],
    ...["-tags", program.tags ?? ""],
    ...["-ldflags", `-s -w -X ${variable}=${version}`],
    ...["-o", path.join(folder, program.binary), program.package],
  ]);
  let packages = 0;
  go.stderr.on("data", (text: Buffer) => (packages += text.toString().split("\n").length - 1));
  const progress = setInterval(
    () => report(`building ${program.binary}: ${packages} packages, ${seconds()}`),
    30_000,
  );
  try {
    await go;
  } catch (error) {
    const said = error instanceof ExecaError ? String(error.stderr).split("\n").slice(-15).join("\n") : "";
    throw new Error(
      `Building ${program.binary} with Go failed. It needs the Go module proxy (or what GOPROXY names) and the Go ` +
        `version of ${path.join(program.module, "go.mod")}. Go said:\n${said}`,
      { cause: error },
    );
  } finally {
    clearInterval(progress);
  }
  report(`built ${program.binary} in ${seconds()}`);
}

function isRunning(pid: number): boolean {
  try {
    process.kill(pid, 0);
    return true;
  } catch (error) {
    return (error as NodeJS.ErrnoException).code === "EPERM";
  }
}
