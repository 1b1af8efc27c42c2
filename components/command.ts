import type * as command from "@pulumi/command";

/** Where a component provider has its package: other programs' folders do not know `handover`. */
let ownPackage: string | undefined;

/** Makes the programs run in the folder of this package, and not in that of the Pulumi program. */
export function runProgramsIn(folder: string): void {
  ownPackage = folder;
}

/** Where a Command with one of the programs runs. */
export function programFolder(): Pick<command.local.CommandArgs, "dir"> {
  return ownPackage === undefined ? {} : { dir: ownPackage };
}

/**
 * The shell command that runs one of this package's programs as a Pulumi Command. It names the program by its package
 * and not by a path, because the command is part of the stack's state: the same on every machine and in every checkout.
 */
export function program(name: "rollout" | "anchor" | "edge-check", action?: "delete"): string {
  const run = `node --disable-warning=ExperimentalWarning --input-type=module -e 'await import("handover/${name}")'`;
  return action ? `${run} ${action}` : run;
}
