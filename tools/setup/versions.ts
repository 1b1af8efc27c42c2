/** The oldest Node.js that runs TypeScript without an option. */
export const oldestNode = "22.18.0";

/** The oldest Pulumi CLI that is used when it is on the PATH. */
export const oldestPulumi = "3.150.0";

/** A provider plugin. */
export interface Plugin {
  name: "docker" | "command";
  version: string;
}

/** The provider plugins, in the versions of the npm packages in package-lock.json. */
export const plugins: readonly Plugin[] = [
  { name: "docker", version: "5.2.0" },
  { name: "command", version: "1.2.1" },
];

/** The Pulumi CLI that is built where the official one cannot be downloaded: that of setup/cli/go.mod. */
export const builtPulumi = "3.256.0";

/** The CLI's host for Node.js programs that is built with it: that of setup/language-nodejs/go.mod. */
export const builtLanguageHost = "3.60.0";

/** Whether a version such as "v3.256.0" is `oldest` or later. */
export function atLeast(version: string, oldest: string): boolean {
  const parts = (text: string) => text.replace(/^v/, "").split(/[.+-]/).slice(0, 3).map(Number);
  const wanted = parts(oldest);
  const given = parts(version);
  const first = wanted.findIndex((part, index) => part !== given[index]);
  return first === -1 || (given[first] ?? 0) > (wanted[first] ?? 0);
}
