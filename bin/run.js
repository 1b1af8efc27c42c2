import { existsSync } from "node:fs";

/** Runs a program of this package: in a checkout its source, in an installed package what was built of it. */
export async function run(program) {
  const source = new URL(`../${program}.ts`, import.meta.url);
  await import(existsSync(source) ? source : new URL(`../dist/${program}.js`, import.meta.url));
}
