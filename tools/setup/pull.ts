import { execa } from "execa";
import { localDocker } from "./docker.ts";

/** A registry that answers says its first word well within this time; a machine without internet is not kept waiting. */
const answersWithin = 5_000;

/** Pulls an image. @returns whether it is there now */
export async function pull(image: string): Promise<boolean> {
  const pulling = execa("docker", ["-H", localDocker, "pull", image], { reject: false, timeout: 300_000 });
  const timer = setTimeout(() => pulling.kill(), answersWithin);
  pulling.stdout.once("data", () => clearTimeout(timer));
  const { failed } = await pulling;
  clearTimeout(timer);
  return !failed;
}
