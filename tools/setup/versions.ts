// The package has these too, for `handover doctor`.
export { atLeast, oldestNode, oldestPulumi } from "../../cli/doctor/versions.ts";

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

/** The CLI's host for YAML programs, which only the tests of the examples need: that of setup/language-yaml/go.mod. */
export const builtYaml = "1.25.0";
