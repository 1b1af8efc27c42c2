import { createHash } from "node:crypto";
import { existsSync, readdirSync, readFileSync } from "node:fs";
import path from "node:path";
import { cache } from "../folders.ts";

/** Programs that are built with Go and lie in one folder. */
export interface Build {
  /** @example "pulumi" */
  name: string;
  version: string;
  programs: GoProgram[];
  /** Scripts from the programs' folders that lie beside them. Default: none. */
  scripts?: string[];
}

export interface GoProgram {
  /** The file to make. */
  binary: string;
  /** The folder with the go.mod. */
  module: string;
  /** The main package, as the module names it. */
  package: string;
  /** Go build tags. Default: none. */
  tags?: string;
  /** The variable that gets `version`, and the version. */
  version: [variable: string, version: string];
}

/** Where builds lie. */
export const builds = path.join(cache, "go");

/** The folder of a build: another one for each state of the sources, so that a change builds again. */
export function buildFolder({ name, version, programs }: Build): string {
  const hash = createHash("sha256");
  for (const program of programs) {
    hash.update(JSON.stringify([program.binary, program.package, program.version, program.tags]));
    for (const file of readdirSync(program.module).sort()) {
      hash.update(file).update(readFileSync(path.join(program.module, file)));
    }
  }
  return path.join(builds, `${name}-${version}-${hash.digest("hex").slice(0, 12)}`);
}

/** Whether all of a build is there. */
export function isBuilt(build: Build): boolean {
  return existsSync(buildFolder(build));
}
