import { describe, expect, it } from "vitest";
import { ConfigurationError } from "../../../components/config/problems.ts";
import { parseStackConfig } from "../../../components/config/stackConfig.ts";

type Config = Record<string, unknown>;

const hosts = {
  h1: { address: "10.0.0.1" },
  h2: { address: "10.0.0.2" },
  h3: { address: "10.0.0.3" },
};
const web = { image: "acme/web:1" };

/** A right configuration, but for what a test changes in it. */
function parse(changes: Config = {}, { secrets = [] as string[] } = {}) {
  const config: Config = { hosts, loadBalancer: { hosts: ["h1"] }, services: { web }, ...changes };
  const values = Object.fromEntries(
    Object.entries(config).map(([key, value]) => [
      key,
      typeof value === "string" ? value : JSON.stringify(value),
    ]),
  );
  return parseStackConfig({ stack: "dev", values, secrets: new Set(secrets) });
}

/** The lines that say what is wrong. */
function problems(changes: Config, options?: { secrets: string[] }): string[] {
  try {
    parse(changes, options);
  } catch (error) {
    expect(error).toBeInstanceOf(ConfigurationError);
    return (error as Error).message
      .split("\n")
      .slice(1, -1)
      .map((line) => line.trim());
  }
  return [];
}
const service = (settings: Config) => problems({ services: { web: { ...web, ...settings } } });
const host = (settings: Config) => problems({ hosts: { ...hosts, h3: { ...hosts.h3, ...settings } } });

describe("a stack's configuration", () => {
  it("has every default filled in", () => {
    expect(parse()).toEqual({
      hosts: Object.fromEntries(
        Object.entries(hosts).map(([name, { address }]) => [
          name,
          { address, docker: `ssh://root@${address}`, gatewayPort: 7080, labels: {}, state: "active" },
        ]),
      ),
      loadBalancer: { hosts: ["h1"], port: 80, statsPort: 8404 },
      services: {
        web: {
          image: "acme/web:1",
          replicas: 1,
          port: 8080,
          resources: {},
          healthCheck: { path: "/", timeout: "2s" },
          routes: [{ path: "/" }],
          placement: { constraints: {} },
          stopGrace: "10s",
          rollout: {
            deadline: "2m",
            bake: "1s",
            minRequests: 10,
            maxErrorRate: 5,
            maxLatencyFactor: 5,
            drain: "30s",
            drainStreams: "1m",
            pull: "10m",
          },
          env: {},
          secretEnv: {},
        },
      },
      haproxyImage: "haproxy:3.2",
      gatewayKeyVersion: 1,
    });
  });

  it("stays as it is when it is parsed again", () => {
    const once = parse({
      services: { web: { ...web, routes: [{ host: "A.example", path: "/x/" }], env: { N: 1 } } },
    });
    expect(parse({ ...once })).toEqual(once);
  });

  it("may have no services", () => expect(parse({ services: {} }).services).toEqual({}));

  it("may have a secret that no service uses yet", () => {
    expect(problems({ databaseUrl: "postgres://" }, { secrets: ["databaseUrl"] })).toEqual([]);
  });
});

describe("the error", () => {
  const wrong = () =>
    parse({
      hosts: { h1: { address: "10.0.0" }, h2: { adress: "10.0.0.2" } },
      loadBalancer: { hosts: ["h9"], port: "80" },
      services: { web: { replicas: 9, placement: { maxPerHost: 1 }, healthCheck: { intervall: "1s" } } },
    });

  it("names the file, everything that is wrong at once, and what to do", () => {
    expect(wrong).toThrow(
      new ConfigurationError(
        "Pulumi.dev.yaml (stack dev)",
        [
          {
            path: ["hosts", "h1", "address"],
            message: 'must be an IPv4 address, such as 10.0.0.11, not "10.0.0"',
          },
          {
            path: ["hosts", "h2", "address"],
            message: "is missing; must be an IPv4 address, such as 10.0.0.11",
          },
          { path: ["hosts", "h2", "adress"], message: "unknown key; did you mean address?" },
          {
            path: ["loadBalancer", "port"],
            message: 'must be a whole number from 1 to 65535 without quotes, not "80"',
          },
          { path: ["loadBalancer", "hosts", 0], message: "there is no host h9; did you mean h1?" },
          {
            path: ["services", "web", "image"],
            message: "is missing; must be the name of an image, such as registry.example.com/acme/web:1.4",
          },
          {
            path: ["services", "web", "healthCheck", "intervall"],
            message: "unknown key; did you mean interval?",
          },
          {
            path: ["services", "web"],
            message:
              "9 replicas, at most 1 on each host, 2 eligible hosts: there is room for 2; " +
              "add hosts, raise maxPerHost, or ask for fewer replicas",
          },
        ],
        "Edit the file, or use `pulumi config set --stack dev --path <key> <value>`, and run it again.",
      ),
    );
  });

  it("is one that Pulumi prints without a stack trace", () => {
    expect(wrong).toThrow(expect.objectContaining({ __pulumiRunError: true }));
  });

  it("gives keys as `pulumi config set --path` takes them", () => {
    expect(service({ routes: [{ path: "/" }, { host: "a", path: "b" }], env: { "A.B": "x" } })).toEqual([
      'services.web.routes[1].path: must be a path that begins with / and has letters, digits and - . _ ~ / @ : + = only, not "b"',
      'services.web.env["A.B"]: the variable\'s name must be letters, digits and _, not beginning with a digit',
    ]);
  });

  it("never shows the value of an environment variable", () => {
    expect(service({ env: { TOKEN: ["hunter2"], PIN: 12.5 } }).join()).not.toMatch(/hunter2|12\.5/);
  });

  it.each([
    [null, "empty"],
    ["", "empty"],
    [[], "a list"],
    [{}, "a mapping"],
    [true, "true"],
    ["x".repeat(100), `"${"x".repeat(56)}...`],
  ])("shows %j as %s", (given, shown) => {
    expect(service({ port: given })).toEqual([
      `services.web.port: must be a whole number from 1 to 65535, not ${shown}`,
    ]);
  });
});

describe("a platform", () => {
  it("is this stack, when it is named so", () => {
    expect(parse({ platform: "dev", services: {} })).toMatchObject({ platform: "dev", hosts: { h1: {} } });
    expect(problems({ platform: "dev", hosts: {} })).toContain("hosts: must have at least one host");
  });

  it("has the hosts and edges for the services of another stack", () => {
    const given = { platform: "base", hosts: {}, loadBalancer: {}, haproxyImage: "" };
    expect(parse(given)).toMatchObject({
      platform: "base",
      hosts: {},
      services: { web: { image: web.image } },
    });
    expect(problems({ platform: "base", loadBalancer: {} })).toEqual([
      "hosts: belongs into the configuration of the platform, stack base; take it out here, or take out platform",
    ]);
  });

  it("may be of another project with a stack of the same name", () => {
    expect(parse({ platform: "acme/infra/dev", hosts: {}, loadBalancer: {} }).hosts).toEqual({});
  });

  it("is the name of a stack", () => {
    expect(problems({ platform: "the platform" })).toContain(
      'platform: must be the name of a stack, such as platform or acme/shop/platform, not "the platform"',
    );
  });
});

describe("what is missing or in the wrong place", () => {
  it("is named when the file is empty", () => {
    expect(problems({ hosts: undefined, loadBalancer: undefined, services: undefined })).toEqual([
      "hosts: is missing; must be a mapping of hosts by their names",
      "loadBalancer: is missing; must be a mapping with hosts, port, statsPort",
      "services: is missing; must be a mapping of services by their names",
    ]);
  });

  it("is named when Pulumi.yaml has filled in its defaults", () => {
    expect(problems({ hosts: {}, loadBalancer: {}, services: {} })).toEqual([
      "hosts: must have at least one host",
      "loadBalancer.hosts: is missing; must be a list of names of hosts",
    ]);
  });

  it("is a key that nobody reads", () => {
    expect(problems({ service: "x", colour: "red" })).toEqual([
      "service: unknown key; did you mean services?",
      "colour: unknown key; known here: platform, hosts, loadBalancer, services, haproxyImage, gatewayKeyVersion",
    ]);
  });

  it("is a value in place of a mapping", () => {
    expect(problems({ hosts: "h1", loadBalancer: "h1", services: [] })).toEqual([
      'hosts: must be a mapping of hosts by their names, not "h1"',
      'loadBalancer: must be a mapping with hosts, port, statsPort, not "h1"',
      "services: must be a mapping of services by their names, not a list",
    ]);
  });
});

describe("hosts", () => {
  it("do not share a gateway's address and port", () => {
    const shared = [
      "hosts.h3.gatewayPort: 10.0.0.2:7080 is the gateway of h2 too; hosts that share an address need different ports",
    ];
    expect(host({ address: "10.0.0.2" })).toEqual(shared);
    expect(host({ address: "10.0.0.2", gatewayPort: 7081 })).toEqual([]);
    expect(host({ address: "10.0.0.2", state: "lost" })).toEqual([]);
  });

  it("have one of three states", () => {
    expect(host({ state: "down" })).toEqual(['hosts.h3.state: must be active, drain or lost, not "down"']);
  });

  it("have names that no replica of another has", () => {
    expect(problems({ hosts: { ...hosts, "h1-2": { address: "10.0.0.4" } } })).toEqual([
      "hosts.h1-2: a replica here would have the name of number 2 on h1; rename one host",
    ]);
    expect(
      problems({
        hosts: { ...hosts, "a-h1": { address: "10.0.0.4" } },
        services: { web, "web-a": { ...web, routes: [{ host: "a" }] } },
      }),
    ).toEqual(["services.web-a: its replica web-a-h1 would have the name of web on a-h1; rename one"]);
  });

  it("have short names", () => {
    expect(problems({ hosts: { ...hosts, ["h".repeat(21)]: { address: "10.0.0.4" } } })).toHaveLength(1);
  });
});

describe("the load balancer", () => {
  const edges = (loadBalancer: Config, more: Config = hosts) => problems({ loadBalancer, hosts: more });

  it("runs on hosts that exist, each once, one on each machine", () => {
    expect(edges({ hosts: ["h1", "h1"] })).toEqual(["loadBalancer.hosts[1]: h1 is named twice"]);
    expect(edges({ hosts: [] })).toEqual([
      "loadBalancer.hosts: must be a list of at least one of names of hosts, not a list",
    ]);
    const twin = { ...hosts, h2: { address: "10.0.0.1", gatewayPort: 7081 } };
    expect(edges({ hosts: ["h1", "h2"] }, twin)).toEqual([
      "loadBalancer.hosts[1]: h2 is the same machine as h1; an edge needs one of its own",
    ]);
  });

  it("has an edge that is not lost", () => {
    const lost = { ...hosts, h1: { ...hosts.h1, state: "lost" } };
    expect(edges({ hosts: ["h1"] }, lost)).toEqual([
      "loadBalancer.hosts: every edge is lost (h1); name a host that is not",
    ]);
    expect(edges({ hosts: ["h1", "h2"] }, lost)).toEqual([]);
  });

  it("has ports that nothing else on its machines has", () => {
    expect(edges({ hosts: ["h1"], port: 7080 })).toEqual([
      "loadBalancer.port: 7080 on edge h1 is the gateway port of h1",
    ]);
    expect(edges({ hosts: ["h1"], statsPort: 7080 })).toEqual([
      "loadBalancer.statsPort: 7080 on edge h1 is the gateway port of h1",
    ]);
    expect(edges({ hosts: ["h1"], statsPort: 80 })).toEqual([
      "loadBalancer.statsPort: 80 is the port for clients already",
    ]);
    expect(
      edges({ hosts: ["h1"], port: 7081 }, { ...hosts, h2: { address: "10.0.0.2", gatewayPort: 7081 } }),
    ).toEqual([]);
  });
});

describe("services", () => {
  it("have routes of their own", () => {
    const two = (first: Config[], second: Config[]) =>
      problems({ services: { web: { ...web, routes: first }, api: { ...web, routes: second } } });
    expect(two([{ host: "a.example" }], [{ host: "A.EXAMPLE", path: "/" }])).toEqual([
      "services.api.routes[0]: a.example, path / is a route of web already; give one of them another host or path",
    ]);
    expect(two([{ path: "/api/" }], [{ path: "/" }, { path: "/api" }])).toHaveLength(1);
    expect(two([{ host: "a" }], [{ host: "a", path: "/b" }, {}])).toEqual([]);
    expect(problems({ services: { web, api: web } })).toEqual([
      "services.api.routes[0]: every host name, path / is a route of web already; give one of them another host or path",
    ]);
    expect(service({ routes: [] })).toHaveLength(1);
  });

  it("have somewhere to run, all of them", () => {
    const placement = { constraints: { disk: "ssd" } };
    const routes = [{ host: "api.example" }];
    expect(
      problems({
        hosts: { ...hosts, h3: { ...hosts.h3, state: "lost" } },
        services: {
          web: { ...web, replicas: 3, placement: { maxPerHost: 1 } },
          api: { ...web, routes, placement },
        },
      }),
    ).toEqual([
      "services.web: 3 replicas, at most 1 on each host, 2 eligible hosts (h3 is lost): there is room for 2; add hosts, raise maxPerHost, or ask for fewer replicas",
      "services.api: no host has disk=ssd; no host has a label disk; change the constraints, or label a host",
    ]);
  });

  it("keep the last host from being drained", () => {
    const drained = Object.fromEntries(
      Object.entries(hosts).map(([name, of]) => [name, { ...of, state: "drain" }]),
    );
    expect(problems({ hosts: drained })).toEqual([
      "services.web: no host is active (h1 is drained, h2 is drained, h3 is drained); set the state of one to active, or add a host",
    ]);
  });

  it("may have no replicas", () => expect(service({ replicas: 0 })).toEqual([]));
});

describe("what Pulumi makes of a value", () => {
  it("is accepted where `pulumi config set --path` leaves no choice", () => {
    const { env, resources, command } = parse({
      hosts: { ...hosts, h1: { ...hosts.h1, labels: { rack: 3 } } },
      services: {
        web: {
          ...web,
          env: { PORT: 8080, DEBUG: true, ZERO: "010" },
          resources: { cpus: "0.5" },
          command: ["n", 1],
        },
      },
    }).services["web"]!;
    expect(env).toEqual({ PORT: "8080", DEBUG: "true", ZERO: "010" });
    expect(resources.cpus).toBe(0.5);
    expect(command).toEqual(["n", "1"]);
  });

  it("is refused where it is a slip", () => {
    expect(service({ replicas: "5" })).toEqual([
      'services.web.replicas: must be a whole number from 0 to 1000 without quotes, not "5"',
    ]);
    expect(service({ stopGrace: 10 })).toEqual([
      "services.web.stopGrace: must be a number with its unit, ms, s or m, from 1ms to 1440m (a day), such as 500ms or 2s, not 10",
    ]);
  });
});

describe("secrets", () => {
  const secretEnv = { DATABASE_URL: "databaseUrl" };
  const services = { web: { ...web, secretEnv } };

  it("are named, not read", () => {
    const config = parse({ services, databaseUrl: "postgres://" }, { secrets: ["databaseUrl"] });
    expect(config.services["web"]?.secretEnv).toEqual(secretEnv);
    expect(JSON.stringify(config)).not.toContain("postgres://");
  });

  it("must exist, and be secrets", () => {
    expect(problems({ services })).toEqual([
      "services.web.secretEnv.DATABASE_URL: the stack has no configuration key databaseUrl: set it with `pulumi config set --stack dev --secret databaseUrl`",
    ]);
    expect(problems({ services, databaseUrl: "postgres://" })).toEqual([
      "services.web.secretEnv.DATABASE_URL: the value of databaseUrl is not a secret: set it again with `pulumi config set --stack dev --secret databaseUrl`",
    ]);
  });

  it("are looked for even where the service is wrong in other ways", () => {
    expect(problems({ services: { web: { secretEnv, image: 1 } } })).toHaveLength(2);
  });

  it("do not share a variable with a plain value", () => {
    const both = { web: { ...web, secretEnv, env: { DATABASE_URL: "x" } } };
    expect(problems({ services: both, databaseUrl: "s" }, { secrets: ["databaseUrl"] })).toEqual([
      "services.web.secretEnv.DATABASE_URL: is set in env too; keep one of them",
    ]);
  });

  it("cannot stand inside a plain value, which is then neither read nor shown", () => {
    const inside = { web: { ...web, replicas: "hunter2", env: { TOKEN: "hunter2" } } };
    expect(problems({ services: inside }, { secrets: ["services"] })).toEqual([
      "services: has a secret inside, where it cannot stay one; give the secret a key of its own with `pulumi config set --stack dev --secret <key>`, and name that key in secretEnv of its service",
    ]);
    expect(problems({}, { secrets: ["hosts"] })).toEqual([
      "hosts: has a secret inside, where it cannot stay one; set it again without --secret",
    ]);
  });
});
