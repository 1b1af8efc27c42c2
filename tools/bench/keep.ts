import { mkdir, writeFile } from "node:fs/promises";
import path from "node:path";
import { machine } from "./machine.ts";

/** Where the last results of all benchmarks are, and their pictures. */
const directory = path.resolve(import.meta.dirname, "../../docs/benchmarks");

/** Puts a file in the place of the last one of its name in `docs/benchmarks`. @returns where it is */
export async function keepFile(name: string, text: string): Promise<string> {
  await mkdir(directory, { recursive: true });
  const file = path.join(directory, name);
  await writeFile(file, text);
  return file;
}

/** Puts a benchmark's result, with when and where it was measured, in the place of its last one. @returns its JSON */
export async function keepResult(name: string, result: object, measured = new Date()): Promise<string> {
  const text = JSON.stringify({ measured: measured.toISOString(), machine: machine(), ...result }, null, 2);
  await keepFile(`${name}.json`, `${text}\n`);
  return text;
}

/** Keeps a benchmark's result, `docs/benchmarks/<name>.json`, and prints it. */
export async function keep<T>(
  name: string,
  measurements: T,
  { json, table }: { json: boolean; table: (measurements: T) => string },
): Promise<void> {
  const text = await keepResult(name, { measurements });
  console.log(json ? text : `\n${table(measurements)}`);
}
