import { inject } from "vitest";
import { TestStack } from "./stack.ts";

/** The stack that all files of a project share, as nobody works on it. */
export async function sharedStack(): Promise<TestStack> {
  const stack = await TestStack.open(inject("stack"));
  await stack.settle();
  return stack;
}
