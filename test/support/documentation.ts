import { readdirSync, readFileSync } from "node:fs";
import path from "node:path";

const repository = path.resolve(import.meta.dirname, "../..");

/** A fenced block of a page. */
export interface Block {
  page: string;
  line: number;
  /** @example "sh" */
  language: string;
  /** What stands behind the language: `server` for commands to type on a server, `file=<name>` for a file's content. */
  note: string;
  text: string;
}

/** Every page for users. */
export const pages = [
  "README.md",
  "tools/README.md",
  "examples/README.md",
  ...readdirSync(path.join(repository, "docs"))
    .filter((name) => name.endsWith(".md"))
    .map((name) => `docs/${name}`),
];

/** The fenced blocks of a page, in their order. */
export function blocksOf(page: string): Block[] {
  const text = readFileSync(path.join(repository, page), "utf8");
  return [...text.matchAll(/^```([\w-]*) ?(.*)\n([\s\S]*?)^```$/gm)].map(
    ({ 1: language = "", 2: note = "", 3: content = "", index }) => ({
      page,
      line: text.slice(0, index).split("\n").length,
      language,
      note,
      text: content,
    }),
  );
}
