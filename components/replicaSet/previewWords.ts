import * as pulumi from "@pulumi/pulumi";
import type { RolloutDocument } from "../rollout/document.ts";
import { changeInWords } from "./changeWords.ts";

/**
 * Has a preview say in words what an update will do to a service. Only the engine knows what was before: it runs these
 * hooks when it has found that something changes, and not otherwise.
 * @param component where the words stand in the preview
 */
export function previewWords(service: string, component: pulumi.Resource): pulumi.ResourceHookBinding {
  // Pulumi's mocks, under which programs are tested, have no hooks.
  if (!pulumi.runtime.hasEngine()) return {};
  const hook = new pulumi.ResourceHook(
    `${service}-in-words`,
    async ({ oldInputs, newInputs }) => {
      const after = documentIn(newInputs);
      // What is known only in the update cannot be told before it.
      if (!pulumi.runtime.isDryRun() || !after) return;
      await pulumi.log.info(changeInWords(documentIn(oldInputs), after), component);
    },
    { onDryRun: true, ignoreErrors: true },
  );
  return { beforeCreate: [hook], beforeUpdate: [hook] };
}

function documentIn(inputs: Record<string, unknown> | undefined): RolloutDocument | undefined {
  const text = inputs?.["stdin"];
  return typeof text === "string" ? (JSON.parse(text) as RolloutDocument) : undefined;
}
