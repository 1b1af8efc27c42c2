import { baseFile, inBase } from "../../components/config/baseFile.ts";
import { parseStackConfig, type ParsedStackConfig } from "../../components/config/stackConfig.ts";
import { ConfigurationError } from "../../components/config/problems.ts";
import type { Stack, StackConfiguration } from "../stack.ts";
import { failure, ok, warning, type Check } from "./check.ts";

/** What was found of the stack, and its configuration if that is sound. */
export interface StackChecks {
  checks: Check[];
  config?: ParsedStackConfig;
}

/** The backend, the passphrase, the configuration. */
export async function checkStack(stack: Stack): Promise<StackChecks> {
  const mendLogin = "log in with `pulumi login`, or set PULUMI_BACKEND_URL";
  const backend = await stack.pulumi.json("whoami").then(
    (who) => backendFound((who as { url?: string }).url ?? "logged in"),
    (error: Error) => failure("backend", inOneLine(error), mendLogin),
  );
  if (backend.verdict === "failure") return { checks: [backend] };
  const configured = await stack.config().then(
    (config) => ({ config }),
    (error: Error) => ({ error }),
  );
  if ("error" in configured) {
    const mend = `pulumi stack init ${stack.name}, or name another with --stack`;
    return { checks: [backend, failure(`stack ${stack.name}`, inOneLine(configured.error), mend)] };
  }
  return {
    checks: [backend, await passphrase(stack), ...configurationChecks(stack, configured.config)],
    config: parsed(stack, configured.config),
  };
}

/**
 * In a folder, Pulumi writes attributes beside each state, in place: a run that is killed in that moment leaves a stack
 * that cannot be read.
 */
function backendFound(url: string): Check {
  if (!url.startsWith("file:") || /[?&]metadata=skip\b/.test(url)) return ok("backend", url);
  const mend = `pulumi login '${url}${url.includes("?") ? "&" : "?"}metadata=skip'`;
  return warning("backend", `${url}: an update that is killed may leave the state unreadable`, mend);
}

/** Decrypts what the stack has of secrets, and looks at none of it. */
async function passphrase(stack: Stack): Promise<Check> {
  try {
    await stack.pulumi.text("stack", "export", "--show-secrets", "--stack", stack.name);
    await stack.pulumi.text("config", "--show-secrets", "--json", "--stack", stack.name);
    return ok("secrets", "can be decrypted");
  } catch (error) {
    return failure(
      "secrets",
      inOneLine(error as Error),
      "set PULUMI_CONFIG_PASSPHRASE or PULUMI_CONFIG_PASSPHRASE_FILE to that of the stack",
    );
  }
}

function configurationChecks(stack: Stack, config: StackConfiguration): Check[] {
  if (!config.hosts && config.platform === undefined) {
    return [
      failure(
        "configuration",
        `stack ${stack.name} has no ${stack.project}:hosts`,
        "docs/configuration.md; docs/Pulumi.prod.yaml is an example with every key",
      ),
    ];
  }
  try {
    const { hosts, services } = parse(stack, config);
    const where =
      config.platform === undefined
        ? `${Object.keys(hosts).length} hosts`
        : `the hosts of the platform, stack ${config.platform}`;
    const counted = `${where}, ${Object.keys(services).length} services`;
    return [ok("configuration", counted)];
  } catch (error) {
    if (!(error instanceof ConfigurationError)) throw error;
    return error.message
      .split("\n")
      .filter((line) => line.startsWith("  "))
      .map((line) => {
        const file = line.endsWith(inBase) ? baseFile : `Pulumi.${stack.name}.yaml`;
        return failure("configuration", line.trim(), `edit ${file}`);
      });
  }
}

function parsed(stack: Stack, config: StackConfiguration): ParsedStackConfig | undefined {
  try {
    return parse(stack, config);
  } catch {
    return undefined;
  }
}

function parse(stack: Stack, { values, secrets, base }: StackConfiguration): ParsedStackConfig {
  return parseStackConfig({ stack: stack.name, values, secrets, base });
}

function inOneLine({ message }: Error): string {
  return message.split("\n")[0] ?? message;
}
