import { accessSync, constants } from "node:fs";
import { writeFile } from "node:fs/promises";
import path from "node:path";
import { usageError } from "../exit.ts";
import { changeImage, checkConfigured } from "../imageChange.ts";
import { say } from "../output.ts";
import { drawRelease } from "../picture/draw.ts";
import { Recorder } from "../picture/recorder.ts";
import { checkUpdateOptions, Stack, type StackOptions, type UpdateOptions } from "../stack.ts";

export interface ReleaseOptions extends StackOptions, UpdateOptions {
  /** Where the picture of the release goes, an SVG. */
  record?: string;
}

export async function release(service: string, image: string, options: ReleaseOptions): Promise<number> {
  checkUpdateOptions(options);
  if (options.record !== undefined) checkWritable(options.record);
  const stack = await Stack.open(options);
  const config = await stack.config();
  checkConfigured(stack, config, service);
  const change = () =>
    changeImage(stack, config, { service, image }, { ...options, what: `release ${service} ${image}` });
  return options.record === undefined ? change() : recorded(stack, service, options.record, change);
}

/** Draws a release also when it fails: then a picture says most. */
async function recorded(
  stack: Stack,
  service: string,
  file: string,
  change: () => Promise<number>,
): Promise<number> {
  const recorder = new Recorder(await stack.state(), service);
  let recording: Awaited<ReturnType<Recorder["stop"]>>;
  let code: number;
  try {
    code = await change();
  } finally {
    recording = await recorder.stop();
  }
  if (!recording) {
    say(`${service}: no rollout ran, so there is nothing to draw`);
    return code;
  }
  await writeFile(file, drawRelease(recording));
  say(`${service}: what its users saw of it: ${file}`);
  return code;
}

/** Before the release, not after it. */
function checkWritable(file: string): void {
  try {
    accessSync(path.dirname(path.resolve(file)), constants.W_OK);
  } catch (error) {
    throw usageError(
      `${file} cannot be written: ${(error as NodeJS.ErrnoException).code === "ENOENT" ? "there is no such folder" : (error as Error).message}`,
      "name a file in a folder that is there with --record",
    );
  }
}
