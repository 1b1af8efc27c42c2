import { ensureExampleImages, exampleImages } from "./exampleImages.ts";
import { ensureHaproxyImage, haproxyImage } from "./haproxyImage.ts";

/** The images that set-up sees to, which the stacks `dev` and `lab` run. */
export const images: readonly string[] = [haproxyImage, ...exampleImages];

/** Makes or pulls the images that are missing or out of date. */
export async function ensureImages(): Promise<void> {
  await ensureHaproxyImage();
  await ensureExampleImages();
}
