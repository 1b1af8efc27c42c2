import { createServer, type AddressInfo } from "node:net";
import { describe, expect, test } from "vitest";
import manifest from "../../../package.json" with { type: "json" };
import { inShort } from "../../../cli/askHost.ts";
import { dfFree, reachMend, sharesConnections } from "../../../cli/doctor/host.ts";
import { checkPort, tryPort } from "../../../cli/doctor/ports.ts";
import { atLeast, oldestNode, oldestPulumi } from "../../../cli/doctor/versions.ts";
import * as setup from "../../../tools/setup/versions.ts";

test("the oldest versions are those of the set-up and of the package", () => {
  expect([oldestNode, oldestPulumi]).toEqual([setup.oldestNode, setup.oldestPulumi]);
  expect(`>=${oldestNode}`).toContain(manifest.engines.node);
  expect(["v22.18.0", "24.0.0", "22.17.9"].map((version) => atLeast(version, oldestNode))).toEqual([
    true,
    true,
    false,
  ]);
});

test("a host that does not answer: what helps depends on its words", () => {
  const ssh = "ssh://deploy@h1.example.com:2222";
  expect(reachMend(ssh, "deploy@h1: Permission denied (publickey).")).toBe(
    "ssh-copy-id deploy@h1.example.com -p 2222",
  );
  expect(reachMend(ssh, "Host key verification failed.")).toMatch(/^ssh deploy@h1.example.com -p 2222 true/);
  expect(reachMend(ssh, "dial unix /var/run/docker.sock: connect: permission denied")).toMatch(
    /usermod -aG docker/,
  );
  expect(reachMend(ssh, "connect to host h1 port 22: Connection refused")).toBe(
    "ssh deploy@h1.example.com -p 2222 docker version",
  );
  expect(reachMend("unix:///run/docker.sock", "Cannot connect")).toBeUndefined();
});

test("why a host does not answer, in one line", () => {
  const host = { name: "h1", docker: "ssh://h1" };
  const words = (message: string) => inShort(`host h1: docker info: ${message}`, host);
  expect(
    words(
      `error during connect: Get "http://docker.example.com/v1.50/info": command [ssh -o ConnectTimeout=30 -T -- h1 docker system dial-stdio] has exited with exit status 255, make sure the URL is valid, and Docker 18.09 or later is installed on the remote host: stderr=ssh: connect to host h1 port 22: Connection refused\n`,
    ),
  ).toBe("ssh: connect to host h1 port 22: Connection refused");
  expect(words("Cannot connect to the Docker daemon at unix:///x. Is the docker daemon running?")).toBe(
    "cannot connect",
  );
  expect(inShort("host h1: docker ps took more than 5 s", host)).toBe("no answer within 5 s");
});

test("whether ssh shares its connections", () => {
  expect(sharesConnections("user deploy\ncontrolmaster false\n")).toBe(false);
  expect(sharesConnections("controlmaster auto\n")).toBe(false);
  expect(sharesConnections("controlmaster auto\ncontrolpath /home/ada/.ssh/0a1b\n")).toBe(true);
});

test("what df says is free", () => {
  const text =
    "Filesystem 1024-blocks Used Available Capacity Mounted on\n/dev/vda1 100 60 40 60% /var/lib/docker\n";
  expect(dfFree(text)).toBe(40 * 1024);
  expect(dfFree("")).toBeUndefined();
});

describe("a port", () => {
  const engine = { name: "h1", docker: "unix:///nowhere/docker.sock" };
  const gateway = { purpose: "gateway", role: "gateway" } as const;

  async function listening<T>(act: (port: number) => Promise<T>): Promise<T> {
    const server = createServer().listen(0, "127.0.0.1");
    await new Promise((resolve) => server.once("listening", resolve));
    try {
      return await act((server.address() as AddressInfo).port);
    } finally {
      server.close();
    }
  }

  test("that nobody has is free", async () => {
    const port = await listening(async (used) => used);
    expect(await tryPort("127.0.0.1", port)).toBe("closed");
    expect(await checkPort(engine, "127.0.0.1", { port, ...gateway }, [])).toMatchObject({ verdict: "ok" });
  });

  test("that somebody else has is a failure", async () => {
    await listening(async (port) => {
      expect(await checkPort(engine, "127.0.0.1", { port, ...gateway }, [])).toMatchObject({
        verdict: "failure",
        found: "taken by something that is no container of this stack",
      });
    });
  });
});
