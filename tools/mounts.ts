import { readFileSync } from "node:fs";
import { execa } from "execa";

/** Takes away what engines that were killed have left mounted under these directories. */
export async function unmountUnder(...directories: string[]): Promise<void> {
  const mounted = readFileSync("/proc/self/mountinfo", "utf8")
    .split("\n")
    .map((line) => line.split(" ")[4] ?? "")
    .filter((point) => directories.some((directory) => point.startsWith(`${directory}/`)));
  // The innermost first.
  const points = mounted.toSorted((a, b) => b.length - a.length);
  if (points.length > 0) await execa("umount", ["--lazy", ...points]);
}
