import { createServer, type RequestListener, type Server } from "node:http";
import { once } from "node:events";
import { chmod, mkdtemp, rm, writeFile } from "node:fs/promises";
import { createServer as createTcpServer, type AddressInfo } from "node:net";
import { tmpdir } from "node:os";
import path from "node:path";
import { afterAll, afterEach, beforeAll, describe, expect, it, onTestFinished, vi } from "vitest";
import { askDigest, RegistryError } from "../../../components/image/registry.ts";
import { freePort } from "../../support/freePort.ts";
import { Registry } from "../../support/registry.ts";

const digest = `sha256:${"a".repeat(64)}`;
const minute = 60_000;
const ask = (registry: string, tag = "1", within = 10_000) =>
  askDigest({ registry, repository: "acme/web", tag }, within);

let folder: string;
beforeAll(async () => {
  folder = await mkdtemp(path.join(tmpdir(), "handover-docker-config-"));
  vi.stubEnv("DOCKER_CONFIG", folder);
});
afterEach(() => rm(path.join(folder, "config.json"), { force: true }));
afterAll(async () => {
  vi.unstubAllEnvs();
  await rm(folder, { recursive: true, force: true });
});

const dockerConfig = (config: object) => writeFile(path.join(folder, "config.json"), JSON.stringify(config));
const base64 = (text: string) => Buffer.from(text).toString("base64");

describe("a real registry", () => {
  it("says what a tag means now, and that there is none", { timeout: minute }, async () => {
    await using registry = await Registry.start();
    const { digest: v1 } = await registry.push("handover-example:v1", "acme/web:1");
    expect(await ask(registry.name)).toBe(v1);
    const { digest: v2 } = await registry.push("handover-example:v2", "acme/web:1");
    expect(v2).not.toBe(v1);
    expect(await ask(registry.name)).toBe(v2);
    await expect(ask(registry.name, "2")).rejects.toThrow("has no such image");
  });

  it("lets in who has logged in", { timeout: minute }, async () => {
    // What `htpasswd -nbB deploy secret` prints.
    const users = "deploy:$2y$05$VLvSsqyRfuIJvFtlzRIC0uvB1q/lmFGPyr/2bfIx9Y0tzxz3S.5Ku\n";
    await using registry = await Registry.start({ users });
    await expect(ask(registry.name)).rejects.toThrow(
      expect.objectContaining({
        message: "does not let you read it",
        next: `log in with: docker login ${registry.name}`,
      }),
    );
    await dockerConfig({ auths: { [registry.name]: { auth: base64("deploy:wrong") } } });
    await expect(ask(registry.name)).rejects.toThrow("does not let you read it");
    await dockerConfig({ auths: { [`http://${registry.name}/v1/`]: { auth: base64("deploy:secret") } } });
    await expect(ask(registry.name)).rejects.toThrow("has no such image");
  });
});

describe("a registry that sends to a token server", () => {
  const challenge = (server: string) =>
    `Bearer realm="http://${server}/token",service="registry",scope="repository:acme/web:pull"`;
  const registryWith = async (token: (url: URL, headers: Record<string, unknown>, body: string) => unknown) =>
    serve(async (request, response) => {
      const url = new URL(request.url ?? "", `http://${request.headers.host}`);
      if (url.pathname === "/token") {
        let body = "";
        for await (const part of request) body += String(part);
        response.end(JSON.stringify(token(url, request.headers, body)));
      } else if (request.headers.authorization === "Bearer let-me-in") {
        response.writeHead(200, { "docker-content-digest": digest }).end();
      } else {
        response.writeHead(401, { "www-authenticate": challenge(request.headers.host ?? "") }).end();
      }
    });

  it("is asked as anybody", async () => {
    const registry = await registryWith((url, headers) => {
      expect(Object.fromEntries(url.searchParams)).toEqual({
        service: "registry",
        scope: "repository:acme/web:pull",
      });
      expect(headers["authorization"]).toBeUndefined();
      return { token: "let-me-in" };
    });
    expect(await ask(registry)).toBe(digest);
  });

  it("is asked with what a credential helper has, which gets the name through a pipe", async () => {
    const registry = await registryWith((_url, headers) => ({
      access_token: headers["authorization"] === `Basic ${base64("deploy:secret")}` ? "let-me-in" : "no",
    }));
    await helper(
      "test",
      `[ "$1" = get ] && [ "$(cat)" = "${registry}" ] && echo '{"Username":"deploy","Secret":"secret"}'`,
    );
    await dockerConfig({ credHelpers: { [registry]: "test" } });
    expect(await ask(registry)).toBe(digest);
    await dockerConfig({ credsStore: "test" });
    expect(await ask(registry)).toBe(digest);
  });

  it("is given what a login in a browser has left", async () => {
    const registry = await registryWith((_url, _headers, body) => {
      const form = new URLSearchParams(body);
      return {
        access_token:
          form.get("grant_type") === "refresh_token" && form.get("refresh_token") === "long"
            ? "let-me-in"
            : "no",
      };
    });
    await helper("browser", `echo '{"Username":"<token>","Secret":"long"}'`);
    await dockerConfig({ credsStore: "browser" });
    expect(await ask(registry)).toBe(digest);
  });

  it("is not followed to a server without TLS", async () => {
    const registry = await serve((_request, response) => {
      response.writeHead(401, { "www-authenticate": challenge("198.18.0.1:1") }).end();
    });
    await expect(ask(registry)).rejects.toThrow("does not let you read it");
  });
});

describe("a registry that does not answer", () => {
  it("is named with the reason", async () => {
    await expect(ask(`127.0.0.1:${await freePort()}`)).rejects.toThrow("does not answer (ECONNREFUSED)");
  });

  it("holds nobody up", async () => {
    const silent = createTcpServer().listen(0, "127.0.0.1");
    await once(silent, "listening");
    onTestFinished(() => void silent.close());
    const { port } = silent.address() as AddressInfo;
    await expect(ask(`127.0.0.1:${port}`, "1", 300)).rejects.toThrow("does not answer within 0.3 s");
  });

  it("is not one whose answer came while this process was busy", async () => {
    const registry = await serve((_request, response) => {
      response.writeHead(200, { "docker-content-digest": digest }).end();
    });
    const asked = ask(registry, "1", 1_000);
    for (let round = 0; round < 3; round += 1) {
      const end = performance.now() + 400;
      while (performance.now() < end);
      await new Promise((resolve) => setImmediate(resolve));
    }
    expect(await asked).toBe(digest);
  });

  it("holds nobody up with a credential helper either", async () => {
    const registry = await serve((_request, response) => {
      response.writeHead(401, { "www-authenticate": "Basic" }).end();
    });
    await helper("slow", "exec sleep 60");
    await dockerConfig({ credsStore: "slow" });
    await expect(ask(registry, "1", 1_000)).rejects.toThrow(RegistryError);
  });

  it("is one that answers nonsense, too", async () => {
    const registry = await serve((_request, response) => response.writeHead(200).end());
    await expect(ask(registry)).rejects.toThrow("answers 200, without a digest");
  });
});

async function serve(listener: RequestListener): Promise<string> {
  const server: Server = createServer(listener).listen(0, "127.0.0.1");
  await once(server, "listening");
  onTestFinished(() => {
    server.closeAllConnections();
    server.close();
  });
  return `127.0.0.1:${(server.address() as AddressInfo).port}`;
}

async function helper(name: string, script: string): Promise<void> {
  const file = path.join(folder, `docker-credential-${name}`);
  await writeFile(file, `#!/bin/sh\n${script}\n`);
  await chmod(file, 0o755);
  vi.stubEnv("PATH", `${folder}:${process.env["PATH"]}`);
}
