import { spawn } from "node:child_process";
import { once } from "node:events";
import { execa } from "execa";
import { localDocker } from "../setup/docker.ts";
import { images } from "../setup/images.ts";
import type { LabHost } from "./hosts.ts";

/** Gives a host the images that set-up has made, as far as it does not have them. */
export async function loadImages(host: LabHost): Promise<void> {
  const [wanted, present] = await Promise.all([imageIds(localDocker), imageIds(host.docker)]);
  const missing = images.filter((image) => wanted.get(image) !== present.get(image));
  if (missing.length === 0) return;
  const save = spawn("docker", ["-H", localDocker, "save", ...missing], {
    stdio: ["ignore", "pipe", "inherit"],
  });
  const load = spawn("docker", ["-H", host.docker, "load", "--quiet"], {
    stdio: [save.stdout, "ignore", "inherit"],
  });
  const [[saved], [loaded]] = await Promise.all([once(save, "exit"), once(load, "exit")]);
  if (saved !== 0 || loaded !== 0) throw new Error(`${host.name}: loading ${missing.join(", ")} failed.`);
}

async function imageIds(docker: string): Promise<Map<string, string>> {
  const format = "{{.Repository}}:{{.Tag}} {{.ID}}";
  const list = ["-H", docker, "image", "ls", "--no-trunc", "--format", format];
  const { stdout } = await execa("docker", list);
  return new Map(stdout.split("\n").map((line) => line.split(" ") as [string, string]));
}
