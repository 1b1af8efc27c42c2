import * as pulumi from "@pulumi/pulumi";
import { parseImage, withTag } from "./reference.ts";
import { askDigest, RegistryError } from "./registry.ts";

/** How long a registry may take to answer, in milliseconds. It is asked while the engine starts its plugins. */
const within = 5_000;

/**
 * An image's name with the digest that its tag has now: `registry.example.com/acme/web:1.4@sha256:…`. So a preview shows
 * a tag that has moved, and all replicas run the same, whenever they were started.
 *
 * Only a name that says its registry is looked up. A name without one may be of an image that is on the hosts only; it
 * stays as it is, and so does one that has a digest. A registry that does not answer within five seconds holds nobody
 * up: then it is the digest that the stack's output `images` has for the same name, or else the name as it is. Both are
 * said as a warning.
 *
 * @example
 * ```ts
 * const image = pinnedImage("registry.example.com/acme/web:1.4");
 * new ReplicaSet("web", { image, hostPool, loadBalancer });
 * export const images = { web: image };
 * ```
 */
export async function pinnedImage(image: string): Promise<string> {
  const { registry, repository, tag = "latest", digest } = parseImage(image);
  if (registry === undefined || digest !== undefined) return image;
  try {
    return `${withTag(image)}@${await askDigest({ registry, repository, tag }, within)}`;
  } catch (error) {
    if (!(error instanceof RegistryError)) throw error;
    const before = await lastPinned(withTag(image));
    const instead = before ? "it keeps the digest of the last update" : "it goes by its tag";
    await pulumi.log.warn(`${image}: ${registry} ${error.message}; ${instead}. To pin it, ${error.next}.`);
    return before ?? image;
  }
}

/** What the stack's last update made of a name. */
async function lastPinned(image: string): Promise<string | undefined> {
  const name = `${pulumi.getOrganization()}/${pulumi.getProject()}/${pulumi.getStack()}`;
  try {
    const { outputs } = (await pulumi.runtime.invoke("pulumi:pulumi:readStackOutputs", { name })) as {
      outputs?: { images?: Record<string, unknown> };
    };
    return Object.values(outputs?.images ?? {}).find(
      (pinned): pinned is string => typeof pinned === "string" && pinned.startsWith(`${image}@`),
    );
  } catch {
    // A stack that has never been updated has no outputs.
    return undefined;
  }
}
