/**
 * The shell command that runs one of this package's programs as a Pulumi Command. It names the program by its package
 * and not by a path, because the command is part of the stack's state: the same on every machine and in every checkout.
 */
export function program(name: "rollout" | "anchor" | "edge-check", action?: "delete"): string {
  const run = `node --disable-warning=ExperimentalWarning --input-type=module -e 'await import("handover/${name}")'`;
  return action ? `${run} ${action}` : run;
}
