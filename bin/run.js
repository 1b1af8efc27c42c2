import { existsSync } from "node:fs";

/** Loads a module of this package: in a checkout its source, in an installed package what was built of it. */
export function load(module) {
  const source = new URL(`../${module}.ts`, import.meta.url);
  return import(existsSync(source) ? source : new URL(`../dist/${module}.js`, import.meta.url));
}

/** Runs a program of this package. */
export async function run(program) {
  await load(program);
}
