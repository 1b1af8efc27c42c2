import { ensureDocker } from "./docker.ts";
import { findPulumi } from "./findPulumi.ts";
import { ensureImages } from "./images.ts";
import { checkNode } from "./node.ts";
import { ensurePulumi } from "./pulumi.ts";
import { hasReported, report } from "./report.ts";

/**
 * Makes this machine ready to run Handover: Node.js, Pulumi and its plugins, a Docker Engine, the images. Uses what is
 * there, gets what is missing, and says what it does.
 *
 * @throws Error that says what is missing and how to get it.
 */
export async function setUp(): Promise<void> {
  checkNode();
  await Promise.all([ensurePulumi(), ensureDockerAndImages()]);
  report(
    `${hasReported() ? "done" : "all is there"}: Pulumi ${findPulumi()?.version}, Node.js ${process.version}`,
  );
}

async function ensureDockerAndImages(): Promise<void> {
  await ensureDocker();
  await ensureImages();
}
