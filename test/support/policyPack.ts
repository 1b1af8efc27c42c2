import { mkdtemp, readFile, rm, symlink, writeFile } from "node:fs/promises";
import { readdirSync } from "node:fs";
import { tmpdir } from "node:os";
import path from "node:path";
import { findPulumi } from "../../tools/setup/findPulumi.ts";

const ownPack = path.resolve(import.meta.dirname, "../../policy");

/** The policy pack, where the engine can start it. */
export interface PolicyPack extends AsyncDisposable {
  folder: string;
  /** What has to be on the PATH. */
  path: string | undefined;
}

/**
 * An engine starts a pack through its language host. The one that set-up builds is older than that, so there it goes
 * the way of earlier versions: a program named after the pack's runtime, which is what Pulumi's SDK brought for Node.js.
 */
export async function policyPack(pack = ownPack): Promise<PolicyPack> {
  if (findPulumi()?.origin !== "built")
    return { folder: pack, path: undefined, [Symbol.asyncDispose]: async () => {} };
  const folder = await mkdtemp(path.join(tmpdir(), "handover-policy-"));
  for (const name of readdirSync(pack)) {
    if (name !== "PulumiPolicy.yaml") await symlink(path.join(pack, name), path.join(folder, name));
  }
  const described = await readFile(path.join(pack, "PulumiPolicy.yaml"), "utf8");
  await writeFile(
    path.join(folder, "PulumiPolicy.yaml"),
    described.replace("runtime: nodejs", "runtime: nodejs-as-before"),
  );
  await symlink(path.resolve(ownPack, "../node_modules"), path.join(folder, "node_modules"));
  const starter = path.join(folder, "pulumi-analyzer-policy-nodejs-as-before");
  await writeFile(
    starter,
    '#!/bin/sh\nexec node "$(node -p "require.resolve(\'@pulumi/pulumi/cmd/run-policy-pack\')")" "$@"\n',
    { mode: 0o755 },
  );
  return {
    folder,
    path: folder,
    [Symbol.asyncDispose]: () => rm(folder, { recursive: true, force: true }),
  };
}
