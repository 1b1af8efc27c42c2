import * as command from "@pulumi/command";
import * as pulumi from "@pulumi/pulumi";

/** The keys that a gateway accepts. The edges use the current one. */
export interface GatewayKeys {
  current: pulumi.Output<string>;
  /** The one before it, or the current one where there was none: an empty key would be one that everybody has. */
  former: pulumi.Output<string>;
}

const program = `
  const [version, current, former] = (process.env.PULUMI_COMMAND_STDOUT || "").trim().split(" ");
  const wanted = process.env.KEY_VERSION;
  const fresh = () => require("node:crypto").randomBytes(32).toString("hex");
  const next = !version ? [wanted, fresh()]
    : !current ? [wanted, version]
    : version === wanted ? [version, current, former]
    : [wanted, fresh(), current];
  process.stdout.write(next.filter(Boolean).join(" "));`;

/**
 * The command that makes the keys: it prints `<version> <current> <former>`. It begins from what it printed before, so
 * that the key which the edges still use while the gateways change is accepted, whatever the version was. In the past it
 * printed a key alone.
 */
export const makeKeys = `node -e '${program.replace(/\s*\n\s*/g, " ").trim()}'`;

/** Makes the gateways' keys: a new one for every other `version`. */
export function gatewayKeys(name: string, version: number, opts: pulumi.CustomResourceOptions): GatewayKeys {
  const made = new command.local.Command(
    name,
    {
      create: makeKeys,
      environment: { KEY_VERSION: String(version) },
      logging: command.local.Logging.None,
    },
    { ...opts, additionalSecretOutputs: ["stdout"] },
  );
  const keys = pulumi.secret(made.stdout).apply((output) => output.split(" "));
  return {
    current: keys.apply(([, current = ""]) => current),
    former: keys.apply(([, current = "", former = current]) => former),
  };
}
