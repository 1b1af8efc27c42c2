import { describe, expect, test } from "vitest";
import { statusOf } from "../../../cli/status.ts";
import { describeStatus } from "../../../cli/statusText.ts";
import type { Hold } from "../../../components/edge/holds.ts";
import { allIsWell } from "./stackDouble.ts";

test("counts what is wanted, healthy and serving", () => {
  const { wanted, found, edge } = allIsWell();
  Object.assign(edge.services.web.servers[1]!, { health: "checking" });
  expect(statusOf(wanted, found).services).toEqual([
    {
      name: "web",
      image: "acme/web:1.4",
      configuredImage: "acme/web:1.4",
      wanted: 2,
      healthy: 1,
      serving: 2,
      hold: null,
      rollout: null,
      requests: 200,
      failures: 2,
    },
  ]);
});

test("a host that does not answer is a row", () => {
  const { wanted, found } = allIsWell();
  found.hosts.set("h2", { reachable: false, problem: "connection refused" });
  const status = statusOf(wanted, found);
  expect(status.hosts[1]).toMatchObject({
    name: "h2",
    reachable: false,
    problem: "connection refused",
    version: null,
  });
  expect(status.replicas[1]).toMatchObject({ name: "web-h2", status: "unknown" });
  expect(describeStatus(status).join("\n")).toMatch(/h2 +10\.0\.0\.12 +active +no: connection refused/);
});

test("a program of one's own has no configuration to differ from", () => {
  const { wanted, found } = allIsWell();
  wanted.config = { hosts: undefined, services: undefined };
  const status = statusOf(wanted, found);
  expect(status.differences).toEqual([]);
  expect(status.hosts[0]).toMatchObject({ name: "h1", address: "10.0.0.11", state: "active" });
});

test("for a person: one row for each replica, no colours without a terminal", () => {
  const { wanted, found } = allIsWell();
  const text = describeStatus(statusOf(wanted, found)).join("\n");
  expect(text).not.toContain("\x1b");
  expect(text).toMatch(
    /h1 +web-h1-aaaaaaa +acme\/web:1.4 +1234abcd +running +1 h 30 min +serving +2 +100 +1 +12 ms/,
  );
  expect(text).toMatch(/Everything is as the stack wants it\.$/);
});

describe("a service that is held", () => {
  const held = (hold: Hold) => {
    const { wanted, found, edge } = allIsWell();
    Object.assign(edge, { now: 1000 });
    Object.assign(edge.services.web, { hold, waiting: 3 });
    const status = statusOf(wanted, found);
    return { status, text: describeStatus(status).join("\n") };
  };

  test("in maintenance", () => {
    const { status, text } = held({ kind: "maintenance", retryAfter: 60 });
    expect(status.services[0]?.hold).toMatchObject({ kind: "maintenance", edges: ["h1"] });
    expect(text).toMatch(/web +acme\/web:1\.4 +2 +2 +2 +maintenance +200 +2/);
    expect(status.differences).toMatchObject([
      { kind: "service-held", service: "web", mend: "handover maintenance off web --stack prod" },
    ]);
  });

  test("paused, by the edge's own clock", () => {
    const { status, text } = held({ kind: "pause", ends: 1014, most: 100 });
    expect(text).toMatch(/paused, 3 waiting, 14 s left/);
    expect(status.differences).toMatchObject([{ mend: "handover resume web --stack prod" }]);
    expect(held({ kind: "pause", ends: 1000, most: 100 }).text).toMatch(/2 +pause is over: 503 /);
  });

  test("on one of two edges: that one is named", () => {
    const { wanted, found, edge } = allIsWell();
    wanted.state.containers.push({ ...wanted.state.containers[0]!, name: "edge-h2-fffffff", host: "h2" });
    const second = structuredClone(edge);
    Object.assign(second.services.web, { hold: { kind: "maintenance", retryAfter: 60 } });
    found.edges.push({
      edge: { host: "h2", docker: "ssh://h2", container: "edge-h2-fffffff" },
      answer: second,
    });
    expect(statusOf(wanted, found).differences[0]?.problem).toMatch(/^is in maintenance at the edge on h2:/);
  });
});

test("with an earlier one: requests per second", () => {
  const before = allIsWell();
  const after = allIsWell();
  after.found.at = new Date(before.found.at.getTime() + 2_000);
  after.edge.services.web.servers[0]!.requests += 9;
  const [earlier, later] = [before, after].map(({ wanted, found }) => statusOf(wanted, found));
  const text = describeStatus(later!, earlier).join("\n");
  expect(text).toMatch(/REQUESTS\/S/);
  expect(text).toMatch(/web-h1-aaaaaaa .* serving +2 +4\.5 +1 /);
});

test("several edges: a row for each, and a replica serves only where all of them send it traffic", () => {
  const { wanted, found, edge } = allIsWell();
  const second = { host: "h2", docker: "ssh://h2", container: "edge-h2-fffffff" };
  wanted.state.containers.push({ ...wanted.state.containers[0]!, name: second.container, host: "h2" });
  const answer = structuredClone(edge);
  answer.services.web.servers[1]!.admin = "drain";
  found.edges.push({ edge: second, answer });
  const status = statusOf(wanted, found);
  expect(status.services[0]).toMatchObject({ healthy: 2, serving: 1, requests: 400 });
  expect(describeStatus(status).join("\n")).toMatch(/EDGE +TRAFFIC/);
});

test("a rollout that runs is told with what it is at", () => {
  const { wanted, found, edge } = allIsWell();
  edge.services.web.rollout = { runs: true, note: null };
  wanted.state.interrupted.push("updating web-rollout");
  const text = describeStatus(statusOf(wanted, found)).join("\n");
  expect(text).toMatch(/web +acme\/web:1\.4 +2 +2 +2 +rolling out +200/);
  expect(text).toMatch(/An update is under way, and moves web\.$/);
});

test("the percentiles of an edge's log stand beside its averages", () => {
  const { wanted, found, edge } = allIsWell();
  const [first] = edge.services.web.servers;
  found.edges[0]!.percentiles = new Map([[`service_web/${first!.name}`, 31]]);
  const status = statusOf(wanted, found);
  expect(status.replicas.map(({ edges }) => edges[0]?.p95)).toEqual([31, null]);
  expect(describeStatus(status).join("\n")).toMatch(/web-h1-aaaaaaa .* 12 ms +31 ms$/m);
});
