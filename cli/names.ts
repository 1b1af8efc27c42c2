/** How the person who reads this has called the program, so that what it advises can be typed as it stands. */
export function ownCommand(environment: NodeJS.ProcessEnv = process.env): string {
  return environment["npm_lifecycle_event"] === "handover" ? "npm run handover --" : "handover";
}

/** Pulumi in the same way: with the checkout's tools and state, or as it is on the PATH. */
export function pulumiCommand(environment: NodeJS.ProcessEnv = process.env): string {
  return environment["npm_lifecycle_event"] === "handover" ? "npm run pulumi --" : "pulumi";
}
