import { execa } from "execa";
import { localDocker } from "./docker.ts";

/** The label that says what an image was made from. */
const sourceLabel = "handover.source";

/** What an image was made from, as it was said when it was made. @returns `undefined` when there is no such image */
export async function imageSource(image: string): Promise<string | undefined> {
  const format = `{{index .Config.Labels "${sourceLabel}"}}`;
  const inspect = ["-H", localDocker, "image", "inspect", "--format", format, image];
  const { stdout, failed } = await execa("docker", inspect, { reject: false });
  return failed ? undefined : stdout.trim();
}

/** Makes an image of a folder, without a registry and without a builder. */
export async function importImage(
  image: string,
  folder: string,
  { source, changes }: { source: string; changes: string[] },
): Promise<void> {
  const all = [...changes, `LABEL ${sourceLabel}=${source}`].flatMap((change) => ["--change", change]);
  const tar = execa(
    "tar",
    ["--create", "--directory", folder, "--owner=0", "--group=0", "--numeric-owner", "."],
    {
      encoding: "buffer",
      buffer: false,
    },
  );
  await tar.pipe("docker", ["-H", localDocker, "import", ...all, "-", image]);
}
