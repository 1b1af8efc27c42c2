import { readFile } from "node:fs/promises";
import { homedir } from "node:os";
import path from "node:path";
import { execa } from "execa";

/** What a registry knows somebody by. */
export type Credentials =
  | { username: string; password: string }
  /** What a login in a browser leaves; it is exchanged for each use. */
  | { identityToken: string };

interface DockerConfig {
  auths?: Record<string, { auth?: string; identitytoken?: string }>;
  credsStore?: string;
  credHelpers?: Record<string, string>;
}

/**
 * The credentials that `docker login` has left for a registry: in Docker's own configuration, or with the credential
 * helper that it names. They go through pipes only.
 * @param server the registry's host and port; for Docker Hub the address that Docker knows it by
 */
export async function credentialsFor(server: string, signal: AbortSignal): Promise<Credentials | undefined> {
  const config = await dockerConfig();
  const helper = config.credHelpers?.[server] ?? config.credsStore;
  return (helper && (await fromHelper(helper, server, signal))) || fromFile(config, server);
}

async function dockerConfig(): Promise<DockerConfig> {
  const folder = process.env["DOCKER_CONFIG"] || path.join(homedir(), ".docker");
  try {
    return JSON.parse(await readFile(path.join(folder, "config.json"), "utf8")) as DockerConfig;
  } catch {
    // Without a file nobody has logged in; one that Docker cannot read either is Docker's to complain about.
    return {};
  }
}

/** A helper that fails has nothing for this registry: that is how it says so. */
async function fromHelper(
  helper: string,
  server: string,
  signal: AbortSignal,
): Promise<Credentials | undefined> {
  const { stdout, failed } = await execa(`docker-credential-${helper}`, ["get"], {
    input: server,
    reject: false,
    cancelSignal: signal,
    stderr: "ignore",
  });
  if (failed) return undefined;
  try {
    const { Username, Secret } = JSON.parse(stdout) as { Username: string; Secret: string };
    return Username === "<token>" ? { identityToken: Secret } : { username: Username, password: Secret };
  } catch {
    return undefined;
  }
}

function fromFile({ auths = {} }: DockerConfig, server: string): Credentials | undefined {
  // Docker takes `https://registry.example.com/v1/` for the same as `registry.example.com`.
  const host = (address: string) => address.replace(/^https?:\/\//, "").replace(/\/.*$/, "");
  const entry =
    auths[server] ?? Object.entries(auths).find(([address]) => host(address) === host(server))?.[1];
  if (entry?.identitytoken) return { identityToken: entry.identitytoken };
  const [, username, password] =
    /^([^:]*):(.*)$/s.exec(Buffer.from(entry?.auth ?? "", "base64").toString()) ?? [];
  return username && password ? { username, password: password.replace(/\0+$/, "") } : undefined;
}
