import * as pulumi from "@pulumi/pulumi";
import { describe, expect, it } from "vitest";
import { parseHosts } from "../../../components/config/hosts.ts";
import { parseLoadBalancer } from "../../../components/config/loadBalancer.ts";
import { parseReplicaSet } from "../../../components/config/replicaSet.ts";
import type { ReplicaSetSettings } from "../../../components/types.ts";

const hosts = parseHosts({ h1: { address: "10.0.0.1" }, h2: { address: "10.0.0.2" } });

describe("a replica set's settings", () => {
  it("have times in milliseconds, memory in MiB, and every default", () => {
    const settings = { image: "acme/web:1", resources: { memory: "1.5g", cpus: 2 }, stopGrace: "1500ms" };
    expect(parseReplicaSet("web", settings)).toEqual({
      image: "acme/web:1",
      replicas: 1,
      port: 8080,
      resources: { memory: 1536, cpus: 2 },
      healthCheck: { path: "/", interval: 2000, timeout: 2000 },
      routes: [{ path: "/" }],
      placement: { constraints: {} },
      stopGrace: 1500,
      rollout: {
        deadline: 120_000,
        bake: 1_000,
        minRequests: 10,
        maxErrorRate: 5,
        maxLatencyFactor: 5,
        drain: 30_000,
        drainStreams: 60_000,
        pull: 600_000,
      },
      env: {},
    });
  });

  it.each([
    { replicas: 400, interval: 2_000 },
    { replicas: 401, interval: 3_000 },
    { replicas: 1000, interval: 5_000 },
    { replicas: 1000, given: "1s", interval: 1_000 },
  ] as const)(
    "have checks at an interval of $interval ms for $replicas replicas when it is set to $given",
    ({ replicas, given, interval }) => {
      const settings = { image: "acme/web:1", replicas, healthCheck: { interval: given } };
      expect(parseReplicaSet("web", settings).healthCheck.interval).toBe(interval);
    },
  );

  it("pass on what is not known yet", async () => {
    const image = pulumi.output("acme/web:1");
    const env = { TOKEN: pulumi.secret("hunter2"), LATER: Promise.resolve("x"), PLAIN: "y" };
    const parsed = parseReplicaSet("web", { image, env });
    expect(parsed.image).toBe(image);
    expect(parsed.env["TOKEN"]).toBe(env.TOKEN);
    expect(await new Promise((resolve) => pulumi.output(parsed.env["LATER"]).apply(resolve))).toBe("x");
    expect(parsed.env["PLAIN"]).toBe("y");
  });

  it("are refused with everything that is wrong", () => {
    const settings = { image: "a b", env: { A: {} }, replica: 5 } as unknown as ReplicaSetSettings;
    expect(() => parseReplicaSet("Web", settings)).toThrow(
      [
        "Replica set Web: 4 errors",
        "  the name must be lower-case letters, digits and single hyphens between them, beginning with a letter, at most 29 characters",
        '  image: must be the name of an image, such as registry.example.com/acme/web:1.4, not "a b"',
        "  env.A: must be text (a number with a fraction needs quotes), not a mapping",
        "  replica: unknown key; did you mean replicas?",
        "Correct the arguments and run it again.",
      ].join("\n"),
    );
  });
});

describe("a pool's hosts", () => {
  it("have every default", () => {
    expect(hosts["h1"]).toEqual({
      address: "10.0.0.1",
      docker: "ssh://root@10.0.0.1",
      gatewayPort: 7080,
      labels: {},
      state: "active",
    });
  });

  it("are refused with everything that is wrong", () => {
    expect(() => parseHosts({ h1: { address: "x" }, H2: { address: "10.0.0.2" } })).toThrow(
      /^The hosts of a pool: 2 errors\n {2}H2: the name must be .*\n {2}h1\.address: must be an IPv4 address/,
    );
  });
});

describe("a load balancer", () => {
  it("has every default", () => {
    expect(parseLoadBalancer({ hosts: ["h2"] }, hosts)).toEqual({ hosts: ["h2"], port: 80, statsPort: 8404 });
  });

  it("is checked against the hosts of its pool", () => {
    expect(() => parseLoadBalancer({ hosts: ["h3"], port: 7080 }, hosts)).toThrow(
      "The load balancer: 1 error\n  hosts[0]: there is no host h3; did you mean h1?",
    );
  });
});
