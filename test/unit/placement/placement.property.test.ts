import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { place, type PlacementHost, type PlacementRequest } from "../../../components/placement/placement.ts";

type Hosts = Record<string, PlacementHost>;

const names = Array.from({ length: 12 }, (_, index) => `h${index + 1}`);
const service = fc.stringMatching(/^[a-z][a-z0-9-]{0,10}$/);

/** Hosts in up to three zones, some without one, in any order. */
function hosts(zones: (string | undefined)[]): fc.Arbitrary<Hosts> {
  const host = fc.constantFrom(...zones).map((zone): PlacementHost => (zone ? { labels: { zone } } : {}));
  return fc
    .tuple(fc.shuffledSubarray(names, { minLength: 1 }), fc.array(host, { minLength: 12, maxLength: 12 }))
    .map(([chosen, made]) =>
      Object.fromEntries(chosen.map((name, index): [string, PlacementHost] => [name, made[index] ?? {}])),
    );
}
const zoned = hosts([undefined, "a", "b", "c"]);
const unzoned = hosts([undefined]);

/** A request that there is room for, with or without a limit on each host. */
function request(some: fc.Arbitrary<Hosts>): fc.Arbitrary<PlacementRequest> {
  return fc
    .record({
      service,
      hosts: some,
      maxPerHost: fc.option(fc.integer({ min: 1, max: 4 }), { nil: undefined }),
    })
    .chain((rest) => {
      const room = (rest.maxPerHost ?? 4) * Object.keys(rest.hosts).length;
      return fc.integer({ min: 0, max: room }).map((replicas) => ({ ...rest, replicas }));
    });
}

const zoneOf = (all: Readonly<Hosts>, host: string) => all[host]?.labels?.["zone"] ?? "";
const identities = (asked: PlacementRequest) => new Set(place(asked).map(({ name }) => name));
const without = (all: Readonly<Hosts>, host: string): Hosts =>
  Object.fromEntries(Object.entries(all).filter(([name]) => name !== host));

function counts(asked: PlacementRequest, key: (host: string) => string): Map<string, number> {
  const counted = new Map(Object.keys(asked.hosts).map((host) => [key(host), 0]));
  for (const { host } of place(asked)) counted.set(key(host), (counted.get(key(host)) ?? 0) + 1);
  return counted;
}
const minus = (some: Set<string>, others: Set<string>) =>
  new Set([...some].filter((name) => !others.has(name)));
const spread = (values: Iterable<number>) => Math.max(...values) - Math.min(...values);

describe("balance", () => {
  it("differs by at most one over the hosts", () => {
    fc.assert(
      fc.property(request(unzoned), (asked) => {
        expect(spread(counts(asked, (host) => host).values())).toBeLessThanOrEqual(1);
      }),
    );
  });

  it("differs by at most one over the zones that are not full", () => {
    fc.assert(
      fc.property(request(zoned), (asked) => {
        const sizes = Map.groupBy(Object.keys(asked.hosts), (host) => zoneOf(asked.hosts, host));
        const perZone = [...counts(asked, (host) => zoneOf(asked.hosts, host))];
        const most = Math.max(...perZone.map(([, count]) => count));
        for (const [zone, count] of perZone) {
          const full = count === (asked.maxPerHost ?? Infinity) * (sizes.get(zone)?.length ?? 0);
          if (!full) expect(most - count).toBeLessThanOrEqual(1);
        }
      }),
    );
  });

  it("differs by at most one over the hosts of a zone", () => {
    fc.assert(
      fc.property(request(zoned), (asked) => {
        const perHost = [...counts(asked, (host) => host)];
        for (const ofZone of Map.groupBy(perHost, ([host]) => zoneOf(asked.hosts, host)).values()) {
          expect(spread(ofZone.map(([, count]) => count))).toBeLessThanOrEqual(1);
        }
      }),
    );
  });

  it("puts at most maxPerHost on a host, and every replica somewhere, under its own name", () => {
    fc.assert(
      fc.property(request(zoned), (asked) => {
        expect(identities(asked).size).toBe(asked.replicas);
        for (const count of counts(asked, (host) => host).values()) {
          expect(count).toBeLessThanOrEqual(asked.maxPerHost ?? Infinity);
        }
      }),
    );
  });
});

describe("movement", () => {
  it("is one new replica, and no other, when one is added", () => {
    fc.assert(
      fc.property(request(zoned), (asked) => {
        fc.pre(asked.replicas > 0);
        const before = identities({ ...asked, replicas: asked.replicas - 1 });
        const after = identities(asked);
        expect(minus(before, after)).toEqual(new Set());
        expect(minus(after, before).size).toBe(1);
      }),
    );
  });

  it("is only what ran on a host that goes, is drained or is lost", () => {
    const departure = fc.constantFrom("drain", "lost", "removed");
    fc.assert(
      fc.property(request(zoned), fc.nat(), departure, (asked, pick, how) => {
        const all = Object.keys(asked.hosts);
        const gone = all[pick % all.length] ?? "";
        const rest = without(asked.hosts, gone);
        fc.pre(all.length > 1 && asked.replicas <= (asked.maxPerHost ?? Infinity) * (all.length - 1));
        const left =
          how === "removed" ? rest : { ...rest, [gone]: { ...asked.hosts[gone], state: how as "drain" } };

        const ranThere = place(asked).filter(({ host }) => host === gone);
        const after = identities({ ...asked, hosts: left });
        expect(minus(identities(asked), after)).toEqual(new Set(ranThere.map(({ name }) => name)));
      }),
    );
  });

  it("is only towards a host that comes", () => {
    fc.assert(
      fc.property(request(zoned), fc.constantFrom("", "a", "b", "d"), (asked, zone) => {
        const hosts = { ...asked.hosts, newcomer: zone ? { labels: { zone } } : {} };
        const before = identities(asked);
        const arrived = place({ ...asked, hosts }).filter(({ name }) => !before.has(name));
        for (const { host } of arrived) expect(host).toBe("newcomer");
      }),
    );
  });
});

describe("the decision", () => {
  it("does not depend on the order in which hosts are named", () => {
    fc.assert(
      fc.property(request(zoned), (asked) => {
        const reversed = Object.fromEntries(Object.entries(asked.hosts).reverse());
        expect(place({ ...asked, hosts: reversed })).toEqual(place(asked));
      }),
    );
  });

  it("uses no host without the labels asked for, and places as if there were no others", () => {
    fc.assert(
      fc.property(request(zoned), (asked) => {
        const inA = Object.entries(asked.hosts).filter(([host]) => zoneOf(asked.hosts, host) === "a");
        fc.pre(inA.length > 0 && asked.replicas <= (asked.maxPerHost ?? Infinity) * inA.length);
        expect(place({ ...asked, constraints: { zone: "a" } })).toEqual(
          place({ ...asked, hosts: Object.fromEntries(inA) }),
        );
      }),
    );
  });

  it("gives the extra replicas of different services to different hosts", () => {
    const all: Hosts = Object.fromEntries(names.map((name) => [name, {}]));
    const first = (name: string) => place({ service: name, replicas: 1, hosts: all })[0]?.host;
    const used = new Set(Array.from({ length: 100 }, (_, index) => first(`service-${index}`)));
    expect(used).toEqual(new Set(names));
  });
});
