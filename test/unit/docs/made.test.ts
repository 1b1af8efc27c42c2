import { readFileSync } from "node:fs";
import { expect, test } from "vitest";
import { referenceFile, referenceText } from "../../../tools/reference.ts";
import { schemaFile, schemaText } from "../../../tools/schema.ts";

/** TypeScript's compiler reads all the components. */
const timeout = 120_000;

test(
  "the reference of the components is that of their docstrings: node tools/reference.ts",
  { timeout },
  async () => {
    expect(readFileSync(referenceFile, "utf8")).toBe(await referenceText());
  },
);

test("the schema for other languages is that of Deployment: node tools/schema.ts", { timeout }, async () => {
  expect(readFileSync(schemaFile, "utf8")).toBe(await schemaText());
});
