import { afterAll, beforeAll, describe, expect, test } from "vitest";
import type { ServiceConfig } from "../../components/types.ts";
import { localDocker } from "../../tools/setup/docker.ts";
import { Cli } from "../support/cli.ts";
import { containers, replicas } from "../support/containers.ts";
import { figure, requestFigures } from "../support/figures.ts";
import { freePort } from "../support/freePort.ts";
import { Load } from "../support/load.ts";
import { TestStack } from "../support/stack.ts";
import { webService } from "../support/web.ts";

/** A stack with hosts and edges, and stacks of services on it. On this machine's own engine: hosts that are logical. */
let platform: TestStack;
let shop: TestStack;
let api: TestStack;
let url: string;
const hosts = ["h1", "h2", "h3"];
/** All of them. */
const here = [{ name: "here", docker: localDocker }];

beforeAll(async () => {
  platform = await TestStack.create();
  const port = await freePort();
  url = `http://127.0.0.1:${port}`;
  await platform.configure({
    platform: platform.name,
    hosts: Object.fromEntries(
      await Promise.all(
        hosts.map(async (name) => [
          name,
          { address: "127.0.0.1", docker: localDocker, gatewayPort: await freePort() },
        ]),
      ),
    ),
    loadBalancer: { hosts: ["h1"], port, statsPort: await freePort() },
    services: {},
  });
  shop = await platform.beside({ platform: platform.name, services: { web: service("v1") } });
  api = await platform.beside({
    platform: platform.name,
    services: { api: service("v3", { replicas: 1, routes: [{ path: "/api" }] }) },
  });
  await platform.up();
  await shop.up();
  await api.up();
});

afterAll(async () => {
  for (const stack of [shop, api]) {
    await stack.destroy();
    await stack.removeFile();
  }
  await platform.destroy();
  expect(await containers(here, platform.name)).toEqual([]);
  await platform.remove();
});

function service(version: string, settings: Partial<ServiceConfig> = {}): ServiceConfig {
  return webService(version, { replicas: 2, ...settings });
}

async function usedHosts(stack: TestStack): Promise<string[]> {
  const resources = await stack.storedResources();
  return resources.flatMap((each) => /docker::platform-(h\d)\b/.exec(each)?.[1] ?? []).sort();
}

async function versionAt(path: string): Promise<string> {
  return ((await (await fetch(url + path)).json()) as { version: string }).version;
}

test("each service answers at its routes", async () => {
  expect(await versionAt("/")).toBe("v1");
  expect(await versionAt("/api")).toBe("v3");
});

test("a stack has a Docker provider for each host that its replicas run on, and for no other", async () => {
  const running = (await replicas(here, shop.name, "web")).map(({ name }) => name.split("-")[1]);
  expect(running).toHaveLength(2);
  expect(await usedHosts(shop)).toEqual(running.sort());
});

test("a release of a service loses no request, and touches its own stack only", async () => {
  const others = async () => [await platform.storedResources(), await api.storedResources()];
  const before = await others();
  await using load = await Load.start({ url });
  await shop.configureService("web", { image: service("v2").image });
  await shop.up();
  await load.answers(50);
  await load.stop();
  const summary = load.summary({ versions: ["v1", "v2"] });
  figure("a release in a service's own stack", requestFigures(summary));
  expect(summary).toMatchObject({ failed: 0, examples: [] });
  expect(await versionAt("/")).toBe("v2");
  expect(await versionAt("/api")).toBe("v3");
  expect(await others()).toEqual(before);
  await platform.up({ expectNoChanges: true });
});

test("an edge that is replaced in the platform goes on with every service, and knows their next updates", async () => {
  const { loadBalancer } = await platform.config();
  await using load = await Load.start({ url });
  await platform.configure({ loadBalancer: { ...loadBalancer, statsPort: await freePort() } });
  const { changes } = await platform.up();
  for (const stack of [shop, api]) await stack.up();
  await load.answers(50);
  await load.stop();
  expect(changes["replace"]).toBe(1);
  const summary = load.summary({ versions: ["v2"] });
  figure("a release of the platform's edge", requestFigures(summary));
  expect(summary).toMatchObject({ failed: 0, examples: [] });
  expect(await versionAt("/api")).toBe("v3");
});

describe("hosts", () => {
  test("that still run a service's replicas are not taken out of the platform before those have moved", async () => {
    const { hosts: all } = await platform.config();
    const [leaving] = (await usedHosts(shop)).filter((host) => host !== "h1");
    expect(await usedHosts(api)).not.toContain(leaving);
    const without = Object.fromEntries(Object.entries(all).filter(([name]) => name !== leaving));
    await using load = await Load.start({ url });

    await platform.configure({ hosts: without });
    const { output } = await platform.failingUp();
    expect(output).toMatch(
      new RegExp(`host ${leaving}: it still runs replicas of the stacks handover/${shop.name},`),
    );
    expect(await usedHosts(shop)).toContain(leaving);
    await shop.up();
    expect(await usedHosts(shop)).not.toContain(leaving);
    await platform.up();

    await load.answers(50);
    await load.stop();
    const summary = load.summary({ versions: ["v2"] });
    figure("a host leaves the platform", requestFigures(summary));
    expect(summary).toMatchObject({ failed: 0, examples: [] });
    const left = (await containers(here, platform.name)).map(({ name }) => name);
    expect(left.filter((name) => name.includes(`-${leaving}-`))).toEqual([]);
  });
});

describe("what is wrong", () => {
  test("a service that another stack has on the same edges is refused, and that one serves on", async () => {
    const twin = await platform.beside({ platform: platform.name, services: { web: service("v3") } });
    const { output } = await twin.failingUp();
    expect(output).toContain(
      `it serves web for the stack handover/${shop.name}; give the service of handover/${twin.name} another name`,
    );
    expect(await versionAt("/")).toBe("v2");
    await twin.destroy();
    await twin.removeFile();
    expect(await versionAt("/")).toBe("v2");
  });

  test("a route that another stack's service has stays where it is, and the update says so", async () => {
    const other = await platform.beside({
      platform: platform.name,
      services: { other: service("v3", { replicas: 1 }) },
    });
    const { output } = await other.up();
    expect(output).toContain(
      `other: every host name, path / is still the route of web of the stack handover/${shop.name}`,
    );
    expect(await versionAt("/")).toBe("v2");
    await other.destroy();
    await other.removeFile();
    expect(await versionAt("/")).toBe("v2");
  });

  test("a stack that is no platform is named", async () => {
    const stray = await platform.beside({ platform: shop.name, services: { stray: service("v1") } });
    const { output } = await stray.failingPreview();
    expect(output).toMatch(new RegExp(`platform ${shop.name}: the stack has no output platform`));
    await stray.removeFile();
  });
});

describe("the command line", () => {
  let cli: Cli;
  beforeAll(async () => {
    cli = await Cli.install(shop.location);
  });
  afterAll(() => cli[Symbol.asyncDispose]());

  test("shows a service's stack with the platform's hosts and edges", async () => {
    const { stdout, exitCode } = await cli.run("status", "--json");
    expect(exitCode, stdout).toBe(0);
    const status = JSON.parse(stdout) as Record<string, { name: string; host: string }[]>;
    expect(status["edges"]?.map(({ host }) => host)).toEqual(["h1"]);
    expect(status["hosts"]?.map(({ name }) => name)).toEqual(await usedHosts(shop));
    expect(status["services"]).toMatchObject([{ name: "web", wanted: 2, healthy: 2, serving: 2 }]);
    expect(status["differences"]).toEqual([]);
  });

  test("says where a host is drained", async () => {
    const { all, exitCode } = await cli.run("drain", "h2", "--yes");
    expect(exitCode).toBe(2);
    expect(all).toContain(`handover drain h2 --stack ${platform.name}`);
  });
});
