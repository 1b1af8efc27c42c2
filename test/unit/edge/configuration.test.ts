import { mkdir, mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { execa } from "execa";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { baseConfig } from "../../../components/edge/baseConfig.ts";
import { prepareScript } from "../../../components/edge/edgeContainer.ts";
import { backendConfig } from "../../../components/edge/backendConfig.ts";
import { renderSet, type CommittedServices } from "../../../components/edge/committedSet.ts";
import { gatewayConfig } from "../../../components/host/gatewayConfig.ts";
import type { BackendDocument } from "../../../components/rollout/document.ts";
import { docker, haproxyImage } from "../../support/edgeContainer.ts";

const backend: BackendDocument = { routes: [{}], healthCheck: { path: "/", interval: 2000, timeout: 2000 } };
const server = {
  name: "web-h1-1a2b3c4:8080",
  address: "10.0.0.11:7080",
  healthCheckPath: "/healthz?a=1&b=%20",
};

const sets: Record<string, CommittedServices> = {
  nothing: {},
  "a service without servers": { web: { backend, servers: [] } },
  "a service with servers": { web: { backend, servers: [server, { ...server, name: "web_h2.x-2:65535" }] } },
  "names and times at their limits": {
    [`a${"-".repeat(62)}`]: {
      backend: {
        routes: [{ host: "a.example.com", path: "/~a/b.c/@+,=%20" }],
        healthCheck: { path: "/", interval: 86_400_000, timeout: 1 },
      },
      servers: [{ ...server, name: `${"a".repeat(128)}:1`, healthCheckPath: `/${"a".repeat(1023)}` }],
    },
  },
  "many services and servers": Object.fromEntries(
    Array.from({ length: 30 }, (_, index) => [
      `service-${index}`,
      {
        backend: { ...backend, routes: [{ path: `/${index}` }] },
        servers: Array.from({ length: 10 }, (__, replica) => ({
          ...server,
          name: `s${index}-${replica}:8080`,
        })),
      },
    ]),
  ),
};

let directory: string;
/** What `haproxy -c` said, in one run of a container for all of them. */
let said: Map<string, string>;

beforeAll(async () => {
  directory = await mkdtemp(join(tmpdir(), "handover-config-"));
  const base = { port: 80, statsAddress: "127.0.0.1", statsPort: 8404 };
  await writeFile(join(directory, "base.cfg"), baseConfig(base));
  await writeFile(join(directory, "gateway.cfg"), gatewayConfig());
  const names = Object.keys(sets);
  for (const [index, name] of names.entries()) {
    await mkdir(join(directory, `${index}`));
    for (const [file, text] of renderSet(sets[name] ?? {}, new Map())) {
      await writeFile(join(directory, `${index}`, file), text);
    }
  }
  const check = (name: string, args: string) => `echo "== ${name}"; haproxy -c ${args} 2>&1 && echo accepted`;
  const { stdout } = await execa(
    "docker",
    [
      ...["-H", docker, "run", "--rm", "--network", "none", "--user", "0", "--volume", `${directory}:/c:ro`],
      ...[
        "--env",
        "HANDOVER_GATEWAY_KEY=secret",
        "--env",
        "HANDOVER_FORMER_GATEWAY_KEY=former",
        "--env",
        "HANDOVER_SUBNET=172.20.0.0/16",
        "--entrypoint",
        "sh",
      ],
      ...[haproxyImage, "-c"],
      [
        prepareScript,
        ...names.map((name, index) => check(name, `-C /c/${index} -f /c/base.cfg -f /c/${index}`)),
        check("gateway", "-f /c/gateway.cfg"),
      ].join("\n"),
    ],
    { reject: false },
  );
  said = new Map(
    stdout
      .split(/^== /m)
      .slice(1)
      .map((part) => [part.slice(0, part.indexOf("\n")), part.slice(part.indexOf("\n") + 1)]),
  );
}, 30_000);

afterAll(() => rm(directory, { recursive: true }));

describe("HAProxy starts, and warns of nothing, with", () => {
  it.each([...Object.keys(sets), "gateway"])("%s", (name) => {
    expect(said.get(name)).toMatch(/accepted\n?$/);
    expect(said.get(name)).not.toMatch(/WARNING|ALERT/);
  });
});

describe("the configuration's text", () => {
  it("has no key in it: that comes in the environment", () => {
    for (const text of [backendConfig("web", backend, [server]), gatewayConfig()]) {
      expect(text).toContain('"${HANDOVER_GATEWAY_KEY}"');
    }
  });

  it("listens where it is told", () => {
    const text = baseConfig({ port: 8080, address: "10.0.0.1", statsAddress: "10.0.0.2", statsPort: 9000 });
    expect(text).toMatch(/^ {2}bind 10\.0\.0\.1:8080$/m);
    expect(text).toMatch(/^ {2}bind 10\.0\.0\.2:9000$/m);
    expect(baseConfig({ port: 80, statsAddress: "10.0.0.2", statsPort: 9000 })).toMatch(/^ {2}bind \*:80$/m);
  });

  it("checks as often as it is told, and more often while something changes", () => {
    const every = (interval: number) =>
      backendConfig("web", { ...backend, healthCheck: { ...backend.healthCheck, interval } }, [server]);
    expect(every(2000)).toContain("check inter 2000ms fastinter 200ms downinter 200ms rise 2 fall 3");
    expect(every(50)).toContain("check inter 50ms fastinter 50ms downinter 50ms rise 2 fall 3");
  });
});
