import type { TestStack } from "../../test/support/stack.ts";
import { labHosts } from "../lab/hosts.ts";
import { labUp } from "../lab/lab.ts";
import { mendLink } from "../lab/link.ts";

/** Every host runs, with a whole link, and is active in the stack's configuration. Nothing is deployed. */
export async function bringBack(stack: TestStack): Promise<void> {
  await labUp();
  await Promise.all(labHosts.map(mendLink));
  await stack.setHostStates({});
}
