import { describe, expect, it } from "vitest";
import { place, PlacementError, type PlacementRequest } from "../../../components/placement/placement.ts";

const five = { h1: {}, h2: {}, h3: {}, h4: {}, h5: {} };
const names = (request: PlacementRequest) => place(request).map(({ name }) => name);
const problem = (request: PlacementRequest) => {
  try {
    place(request);
  } catch (error) {
    expect(error).toBeInstanceOf(PlacementError);
    return (error as Error).message;
  }
  throw new Error("was placed");
};

describe("a replica's name", () => {
  it("is service and host", () => {
    expect(names({ service: "web", replicas: 5, hosts: five })).toEqual([
      "web-h1",
      "web-h2",
      "web-h3",
      "web-h4",
      "web-h5",
    ]);
  });

  it("has an ordinal past the first on a host", () => {
    expect(place({ service: "web", replicas: 3, hosts: { h1: {} } })).toEqual([
      { name: "web-h1", host: "h1", ordinal: 1 },
      { name: "web-h1-2", host: "h1", ordinal: 2 },
      { name: "web-h1-3", host: "h1", ordinal: 3 },
    ]);
  });

  it("sorts by number", () => {
    const hosts = { h10: {}, h9: {} };
    expect(place({ service: "web", replicas: 2, hosts }).map(({ host }) => host)).toEqual(["h9", "h10"]);
  });
});

it("keeps the decisions that stacks in use were made with", () => {
  expect(names({ service: "web", replicas: 2, hosts: five })).toEqual(["web-h1", "web-h3"]);
  expect(names({ service: "api", replicas: 2, hosts: five })).toEqual(["api-h1", "api-h2"]);
});

describe("an eligible host", () => {
  it("is active", () => {
    const hosts = { ...five, h2: { state: "drain" }, h5: { state: "lost" } } as const;
    expect(names({ service: "web", replicas: 3, hosts })).toEqual(["web-h1", "web-h3", "web-h4"]);
  });

  it("has the labels asked for", () => {
    const hosts = { h1: { labels: { disk: "ssd" } }, h2: { labels: { disk: "hdd" } }, h3: {} };
    expect(names({ service: "web", replicas: 2, hosts, constraints: { disk: "ssd" } })).toEqual([
      "web-h1",
      "web-h1-2",
    ]);
  });
});

describe("what cannot be placed", () => {
  it("says how many there is room for, and which hosts are out of use", () => {
    const hosts = { ...five, h5: { state: "lost" } } as const;
    expect(problem({ service: "web", replicas: 5, hosts, maxPerHost: 1 })).toBe(
      "web: 5 replicas, at most 1 on each host, 4 eligible hosts (h5 is lost): there is room for 4; " +
        "add hosts, raise maxPerHost, or ask for fewer replicas",
    );
  });

  it("says which label no host has, and which there are", () => {
    const hosts = { h1: { labels: { disk: "hdd" } }, h2: { labels: { disk: "nvme" } } };
    expect(problem({ service: "web", replicas: 1, hosts, constraints: { disk: "ssd", gpu: "a" } })).toBe(
      "web: no host has disk=ssd and gpu=a; the hosts have disk=hdd, disk=nvme; no host has a label gpu; " +
        "change the constraints, or label a host",
    );
  });

  it("says that every host that would do is out of use", () => {
    const hosts = { h1: { labels: { disk: "ssd" }, state: "drain" }, h2: {} } as const;
    expect(problem({ service: "web", replicas: 1, hosts, constraints: { disk: "ssd" } })).toBe(
      "web: no host with disk=ssd is active (h1 is drained); set the state of one to active, or add a host",
    );
    expect(problem({ service: "web", replicas: 1, hosts: { h1: { state: "drain" } } })).toBe(
      "web: no host is active (h1 is drained); set the state of one to active, or add a host",
    );
  });

  it("says that there are no hosts", () => {
    expect(problem({ service: "web", replicas: 1, hosts: {} })).toBe(
      "web: there are no hosts to run on; declare one",
    );
  });

  it("is never a service without replicas", () => {
    expect(place({ service: "web", replicas: 0, hosts: {} })).toEqual([]);
  });
});
