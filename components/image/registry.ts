import { credentialsFor, type Credentials } from "./credentials.ts";

/** A registry did not say what a tag means. Says why, without the registry's name. */
export class RegistryError extends Error {
  /** What to do about it. */
  readonly next: string;

  constructor(problem: string, next: string) {
    super(problem);
    this.name = "RegistryError";
    this.next = next;
  }
}

const manifestTypes = [
  "application/vnd.oci.image.index.v1+json",
  "application/vnd.docker.distribution.manifest.list.v2+json",
  "application/vnd.oci.image.manifest.v1+json",
  "application/vnd.docker.distribution.manifest.v2+json",
].join(", ");

/** Docker Hub: as it stands in the names of images, where its registry answers, and as `docker login` knows it. */
const hub = { name: "docker.io", api: "registry-1.docker.io", login: "https://index.docker.io/v1/" };

/**
 * Asks a registry which digest a tag has now, by its HTTP API (the OCI distribution specification).
 * @param within how long it may take in all, in milliseconds
 * @throws RegistryError
 */
export async function askDigest(
  { registry, repository, tag }: { registry: string; repository: string; tag: string },
  within: number,
): Promise<string> {
  const isHub = registry === hub.name;
  const path = isHub && !repository.includes("/") ? `library/${repository}` : repository;
  const answer = await limited(within, (signal) => {
    const credentials = () => credentialsFor(isHub ? hub.login : registry, signal);
    return ask(isHub ? hub.api : registry, `/v2/${path}/manifests/${tag}`, credentials, signal);
  });
  const digest = answer.headers.get("docker-content-digest") ?? "";
  if (answer.ok && /^sha256:[0-9a-f]{64}$/.test(digest)) return digest;
  if (answer.status === 404)
    throw new RegistryError("has no such image", "push it, or correct the image's name");
  if (answer.status === 401 || answer.status === 403) {
    throw new RegistryError("does not let you read it", `log in with: docker login ${registry}`);
  }
  throw new RegistryError(`answers ${answer.status}, without a digest`, "look whether it works");
}

/**
 * Lets something take so long, counted while this process has time to listen: an answer that came while a large program
 * was registering its resources is not late.
 */
async function limited<T>(within: number, run: (signal: AbortSignal) => Promise<T>): Promise<T> {
  const controller = new AbortController();
  const tick = 100;
  let left = Math.ceil(within / tick);
  const timer = setInterval(() => {
    left -= 1;
    if (left <= 0) controller.abort();
  }, tick);
  try {
    return await run(controller.signal);
  } catch (error) {
    const late = controller.signal.aborted;
    const problem = late ? `within ${within / 1000} s` : `(${reason(error)})`;
    throw new RegistryError(`does not answer ${problem}`, "look whether it can be reached from here");
  } finally {
    clearInterval(timer);
  }
}

async function ask(
  server: string,
  path: string,
  credentials: () => Promise<Credentials | undefined>,
  signal: AbortSignal,
): Promise<Response> {
  const head = (url: string, authorization?: string) =>
    fetch(url, {
      method: "HEAD",
      signal,
      headers: { accept: manifestTypes, ...(authorization && { authorization }) },
    });
  let url = `https://${server}${path}`;
  const first = await head(url).catch((error: unknown) => {
    // As Docker does it: without TLS on this machine only.
    if (signal.aborted || !isLoopback(url)) throw error;
    url = `http://${server}${path}`;
    return head(url);
  });
  if (first.status !== 401) return first;
  const authorization = await authorize(
    first.headers.get("www-authenticate") ?? "",
    await credentials(),
    signal,
  );
  return authorization ? head(url, authorization) : first;
}

/** Answers a registry's challenge. @returns the header's value; `undefined` when there is no answer to give */
async function authorize(
  challenge: string,
  credentials: Credentials | undefined,
  signal: AbortSignal,
): Promise<string | undefined> {
  const basic =
    credentials && "username" in credentials
      ? `Basic ${Buffer.from(`${credentials.username}:${credentials.password}`).toString("base64")}`
      : undefined;
  if (/^basic\b/i.test(challenge)) return basic;
  const said = Object.fromEntries(
    [...challenge.matchAll(/(\w+)="([^"]*)"/g)].map(([, name = "", value = ""]) => [name, value]),
  );
  const { realm, service = "", scope = "" } = said;
  // What a registry names is not to be trusted with more than it needs.
  if (!/^bearer\b/i.test(challenge) || !realm || !(realm.startsWith("https://") || isLoopback(realm)))
    return undefined;
  const answer =
    credentials && "identityToken" in credentials
      ? await fetch(realm, {
          method: "POST",
          signal,
          body: new URLSearchParams({
            grant_type: "refresh_token",
            client_id: "handover",
            refresh_token: credentials.identityToken,
            service,
            scope,
          }),
        })
      : await fetch(`${realm}?${new URLSearchParams({ service, scope })}`, {
          signal,
          headers: basic ? { authorization: basic } : {},
        });
  if (!answer.ok) return undefined;
  const { token, access_token } = (await answer.json()) as { token?: string; access_token?: string };
  return `Bearer ${token ?? access_token}`;
}

function isLoopback(url: string): boolean {
  const { hostname } = new URL(url);
  return hostname === "localhost" || hostname === "[::1]" || /^127(\.\d+){3}$/.test(hostname);
}

/** fetch says "fetch failed", and keeps the reason as its cause. */
function reason(error: unknown): string {
  const { cause, message } = error as Error & { cause?: { code?: string; message?: string } };
  return cause?.code ?? cause?.message ?? message;
}
