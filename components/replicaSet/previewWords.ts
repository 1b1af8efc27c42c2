import * as pulumi from "@pulumi/pulumi";
import { changeInWords } from "./changeWords.ts";
import type { RolloutDocument } from "../rollout/document.ts";

/**
 * Has a preview say in words what an update will do to a service; nothing where nothing changes. What is known only in
 * the update, such as an image that another resource builds, cannot be told before it.
 * @param document what the rollout is to be told
 * @param component where the words stand in the preview
 */
export function sayInPreview(
  rollout: string,
  document: pulumi.Output<string>,
  component: pulumi.Resource,
): void {
  if (!pulumi.runtime.isDryRun() || !pulumi.runtime.hasEngine()) return;
  document.apply(async (after) => {
    try {
      const before = await earlierDocument(rollout);
      if (before === after) return;
      const words = changeInWords(before === undefined ? undefined : parse(before), parse(after));
      await pulumi.log.info(words, component);
    } catch (error) {
      // Words are a help. The preview itself, with every server that enters and leaves, does not need them.
      await pulumi.log.debug(`${rollout}: no words for this change: ${String(error)}`, component);
    }
  });
}

/** What the last rollout that succeeded was told: from the stack's state, which the engine reads. */
async function earlierDocument(rollout: string): Promise<string | undefined> {
  state ??= pulumi.runtime.invoke("pulumi:pulumi:readStackResourceOutputs", {
    stackName: `${pulumi.getOrganization()}/${pulumi.getProject()}/${pulumi.getStack()}`,
  });
  const { outputs } = (await state) as { outputs: Record<string, { outputs?: { stdin?: unknown } }> };
  const [, resource] = Object.entries(outputs).find(([urn]) => urn.endsWith(`::${rollout}`)) ?? [];
  const text = resource?.outputs?.stdin;
  return typeof text === "string" ? text : undefined;
}

/** One question for all services. */
let state: Promise<unknown> | undefined;

function parse(document: string): RolloutDocument {
  return JSON.parse(document) as RolloutDocument;
}
