import * as pulumi from "@pulumi/pulumi";
import { readBase, type Base } from "./baseFile.ts";

/** A stack's configuration as the engine hands it to the program. */
export interface GivenConfig {
  stack: string;
  /** The project's keys, without the project's name, and their values: text, or JSON where they have structure. */
  values: Readonly<Record<string, string>>;
  /** Those of the keys whose value is a secret, or has a secret inside. */
  secrets: ReadonlySet<string>;
  /** What all stacks share, where there is such a file. */
  base?: Base;
}

/** @param folder the project's, in which the engine runs the program */
export function givenConfig(folder = process.cwd()): GivenConfig {
  const prefix = `${pulumi.getProject()}:`;
  const own = Object.entries(pulumi.runtime.allConfig()).flatMap(([key, value]): [string, string][] =>
    key.startsWith(prefix) && value !== undefined ? [[key.slice(prefix.length), value]] : [],
  );
  return {
    stack: pulumi.getStack(),
    values: Object.fromEntries(own),
    secrets: new Set(own.map(([key]) => key).filter((key) => isConfigSecret(prefix + key))),
    base: readBase(folder, pulumi.getProject()),
  };
}

/** The runtime's own answer, which its published types leave out. */
const { isConfigSecret } = pulumi.runtime as unknown as { isConfigSecret(key: string): boolean };
