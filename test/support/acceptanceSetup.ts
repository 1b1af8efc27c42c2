import type { TestProject } from "vitest/node";
import { labDown, labStatus, labUp } from "../../tools/lab/lab.ts";
import { TestStack, type StackLocation } from "./stack.ts";

declare module "vitest" {
  interface ProvidedContext {
    /** The stack that the acceptance tests share. */
    stack: StackLocation;
  }
}

/** Starts the lab, unless it runs, and makes the stack that all files share; at the end nothing of both is left. */
export default async function setup(project: TestProject): Promise<() => Promise<void>> {
  const wasUp = (await labStatus()).up;
  await labUp();
  const stack = await TestStack.create();
  project.provide("stack", stack.location);
  return async () => {
    try {
      await stack.settle();
      await stack.destroy();
    } finally {
      await stack.remove();
      if (!wasUp) await labDown();
    }
  };
}
