/** The oldest Node.js that the program runs on. */
export const oldestNode = "22.18.0";

/** The oldest Pulumi CLI that it has been run with. */
export const oldestPulumi = "3.150.0";

/** The oldest Docker Engine. */
export const oldestDocker = "20.10.0";

/** Whether a version such as `v3.256.0` is `oldest` or later. */
export function atLeast(version: string, oldest: string): boolean {
  const parts = (text: string) => text.replace(/^v/, "").split(/[.+-]/).slice(0, 3).map(Number);
  const wanted = parts(oldest);
  const given = parts(version);
  const first = wanted.findIndex((part, index) => part !== given[index]);
  return first === -1 || (given[first] ?? 0) > (wanted[first] ?? 0);
}
