import { text } from "node:stream/consumers";
import { checkEdge, type EdgeCheckDocument } from "./edgeCheck.ts";

/** The program that stands before an edge's container: it fails where the edge would not begin. */
const document = JSON.parse(await text(process.stdin)) as EdgeCheckDocument;
try {
  await checkEdge(document);
} catch (error) {
  process.stderr.write(`${error instanceof Error ? error.message : String(error)}\n`);
  process.exitCode = 1;
}
