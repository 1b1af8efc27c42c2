import * as command from "@pulumi/command";
import * as pulumi from "@pulumi/pulumi";

/** The keys that a gateway accepts. The edges use the current one. */
export interface GatewayKeys {
  current: pulumi.Output<string>;
  /** The one before it, or the current one where there was none: an empty key would be one that everybody has. */
  former: pulumi.Output<string>;
}

/**
 * What makes the keys, on its output `<version> <current> <former>`. It begins from its own earlier output, so that what
 * the edges still use when the gateways change is accepted whatever the version was. Up to now a key alone was that.
 */
const make = `
  const [version, current, former] = (process.env.PULUMI_COMMAND_STDOUT || "").trim().split(" ");
  const wanted = process.env.KEY_VERSION;
  const fresh = () => require("node:crypto").randomBytes(32).toString("hex");
  const next = !version ? [wanted, fresh()]
    : !current ? [wanted, version]
    : version === wanted ? [version, current, former]
    : [wanted, fresh(), current];
  process.stdout.write(next.filter(Boolean).join(" "));`.replace(/\s*\n\s*/g, " ");

/** Makes the gateways' keys: a new one for every other `version`. */
export function gatewayKeys(name: string, version: number, opts: pulumi.CustomResourceOptions): GatewayKeys {
  const made = new command.local.Command(
    name,
    {
      create: `node -e '${make}'`,
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
