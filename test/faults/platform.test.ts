import { afterAll, beforeAll, expect, test } from "vitest";
import { labHost } from "../../tools/lab/hosts.ts";
import { killHost, startHost, wipeHost } from "../../tools/lab/lab.ts";
import { containers, replicas } from "../support/containers.ts";
import { edgeServers, untilEdge } from "../support/edgeStats.ts";
import { everyFault } from "../support/everyFault.ts";
import { failuresWithout, postDuring } from "../support/failures.ts";
import { figure, requestFigures } from "../support/figures.ts";
import { Load } from "../support/load.ts";
import { now } from "../support/load/types.ts";
import { TestStack } from "../support/stack.ts";
import { webService } from "../support/web.ts";

/** The lab's hosts belong to a platform; two services have stacks of their own, and a replica on the host that dies. */
let platform: TestStack;
let shop: TestStack;
let api: TestStack;

// The shared stack has the edge on h1, and gateways on the default port.
const entrance = "h2";
const dying = "h4";
const names = [entrance, "h3", dying, "h5"];
const gatewayPort = 7090;
const edge = labHost(entrance).address;
const url = `http://${edge}`;

beforeAll(async () => {
  platform = await TestStack.create();
  const { hosts } = await platform.config();
  await platform.configure({
    platform: platform.name,
    hosts: Object.fromEntries(names.map((name) => [name, { ...hosts[name]!, gatewayPort }])),
    loadBalancer: { hosts: [entrance] },
    services: {},
  });
  shop = await platform.beside({
    platform: platform.name,
    services: { web: webService("v1", { replicas: 4 }) },
  });
  api = await platform.beside({
    platform: platform.name,
    services: { api: webService("v3", { replicas: 4, routes: [{ path: "/api" }] }) },
  });
  for (const stack of [platform, shop, api]) await stack.up();
});

afterAll(async () => {
  await startHost(labHost(dying));
  for (const stack of [shop, api]) {
    await stack.destroy();
    await stack.removeFile();
  }
  await platform.destroy();
  expect(await containers(names.map(labHost), platform.name)).toEqual([]);
  await platform.remove();
});

async function hostsOf(stack: TestStack, service: string, among = names): Promise<string[]> {
  return (await replicas(among.map(labHost), stack.name, service)).map(({ host }) => host).sort();
}

const others = names.filter((name) => name !== dying);

const disks = [{ disk: "kept" }, { disk: "empty" }];

test.each(everyFault ? disks : disks.slice(0, 1))(
  "a host of a platform dies, is marked lost there, and comes back with its disk $disk: no service is interrupted",
  async ({ disk }) => {
    await using load = await Load.start({ url });
    await load.answers(100);
    const killed = now();
    await killHost(labHost(dying));

    await shop.configureService("web", { image: webService("v2").image });
    const { output } = await shop.failingUp();
    expect(output).toMatch(new RegExp(`host ${dying}: its Docker Engine at \\S+ does not answer`));
    expect(output).toContain(`pulumi config set --stack ${platform.name} --path hosts.${dying}.state lost`);
    await platform.setHostStates({ [dying]: "lost" });
    await platform.up();
    await shop.up();
    expect(await hostsOf(shop, "web", others)).toHaveLength(4);
    await load.answers(100);

    // The other service's stack has not been updated meanwhile: what it has on that host is there again, or gone for ever.
    if (disk === "empty") await wipeHost(labHost(dying));
    await startHost(labHost(dying));
    await platform.setHostStates({});
    await platform.up();
    await api.up();
    expect(await hostsOf(api, "api")).toEqual(names);
    await shop.configureService("web", { image: webService("v1").image });
    await shop.up();
    expect(await hostsOf(shop, "web")).toEqual(names);
    await untilEdge(edge, (servers) => servers.every(({ status }) => status === "UP"), {
      what: "every server up",
    });
    expect(await edgeServers(edge)).toHaveLength(8);

    await load.answers(100);
    await load.stop();
    figure(`a platform's host dies and comes back, disk ${disk}`, requestFigures(load.summary()));
    expect(failuresWithout(postDuring({ from: killed, to: killed + 3_000 }), load)).toEqual([]);
    for (const stack of [platform, shop, api]) await stack.up({ expectNoChanges: true });
  },
);
