import { cp, mkdir, readdir, symlink } from "node:fs/promises";
import path from "node:path";
import { execa } from "execa";

const repository = path.resolve(import.meta.dirname, "../..");

/** What `npm install handover` would make of the packed package, without asking a registry for its dependencies. */
export async function installPackage(folder: string): Promise<void> {
  const modules = path.join(folder, "node_modules");
  await mkdir(modules);
  for (const name of await readdir(path.join(repository, "node_modules"))) {
    await symlink(path.join(repository, "node_modules", name), path.join(modules, name));
  }
  const { stdout } = await execa("npm", ["pack", "--json", "--pack-destination", folder], {
    cwd: repository,
  });
  const [{ filename }] = JSON.parse(stdout.slice(stdout.indexOf("["))) as [{ filename: string }];
  await execa("tar", ["--extract", "--file", filename], { cwd: folder });
  await cp(path.join(folder, "package"), path.join(modules, "handover"), { recursive: true });
}

/** What the compiler has to say about a program in this folder; nothing when all is well. */
export async function compile(folder: string, file = "index.ts"): Promise<string> {
  const options = ["--module", "nodenext", "--target", "es2022", "--strict", "--noEmit", "--skipLibCheck"];
  const { stdout } = await execa("tsc", [...options, file], {
    cwd: folder,
    reject: false,
    preferLocal: true,
    localDir: repository,
  });
  return stdout;
}
