import { atLeast, oldestNode } from "./versions.ts";

/** Checks that this Node.js runs TypeScript by itself. */
export function checkNode(): void {
  if (atLeast(process.version, oldestNode)) return;
  throw new Error(
    `Node.js ${oldestNode} or later is needed; this is ${process.version}. Use npm run, which takes the one in node_modules.`,
  );
}
