import { mkdir, writeFile } from "node:fs/promises";
import path from "node:path";
import { machine } from "./machine.ts";

const directory = path.resolve(import.meta.dirname, "../../docs/benchmarks");

/** Puts a benchmark's result in the place of its last one, `docs/benchmarks/<name>.json`, and prints it. */
export async function keep<T>(
  name: string,
  measurements: T,
  { json, table }: { json: boolean; table: (measurements: T) => string },
): Promise<void> {
  const result = { measured: new Date().toISOString(), machine: machine(), measurements };
  const text = JSON.stringify(result, null, 2);
  await mkdir(directory, { recursive: true });
  await writeFile(path.join(directory, `${name}.json`), `${text}\n`);
  console.log(json ? text : `\n${table(measurements)}`);
}
