import http from "node:http";
import type { AddressInfo } from "node:net";
import { test as base } from "vitest";
import { Load, overlap } from "../../support/load.ts";
import type { LoadOptions } from "../../support/load/types.ts";

/** A server that answers like the example application, except where a test wants otherwise. */
class Application {
  version = "v1";
  replica = "a";
  /** Takes a request away from the normal answer by returning true. */
  misbehave: (request: http.IncomingMessage, response: http.ServerResponse, number: number) => boolean = () =>
    false;
  readonly counted = new Map<string, number>();
  readonly hosts = new Set<string>();
  connections = 0;
  private requests = 0;
  private readonly server = http.createServer((request, response) => this.serve(request, response));

  async listen(): Promise<string> {
    this.server.on("connection", () => this.connections++);
    await new Promise<void>((resolve) => this.server.listen(0, "127.0.0.1", resolve));
    return `http://127.0.0.1:${(this.server.address() as AddressInfo).port}`;
  }

  close(): void {
    this.server.closeAllConnections();
    this.server.close();
  }

  answer(
    response: http.ServerResponse,
    { version = this.version, id }: { version?: string; id?: string } = {},
  ) {
    const body = JSON.stringify({ version, replica: this.replica, id });
    response.writeHead(200, { "x-version": version, "content-length": body.length }).end(body);
  }

  private serve(request: http.IncomingMessage, response: http.ServerResponse): void {
    const id = request.headers["x-request-id"]?.toString();
    if (id) this.counted.set(id, (this.counted.get(id) ?? 0) + 1);
    this.hosts.add(request.headers.host ?? "");
    if (this.misbehave(request, response, this.requests++)) return;
    const version = this.version;
    const slowness = Number(new URL(request.url ?? "/", "http://a").searchParams.get("ms") ?? 0);
    setTimeout(() => this.answer(response, { version, id }), slowness);
  }
}

type Start = (application: Application, options?: Partial<LoadOptions>) => Promise<Load>;

const test = base.extend<{ start: Start }>({
  start: async ({}, use) => {
    const cleanups: (() => unknown)[] = [];
    await use(async (application, options) => {
      const url = await application.listen();
      cleanups.unshift(() => application.close());
      const load = await Load.start({ url, slowness: 300, timeout: 2000, ...options });
      cleanups.unshift(() => load.stop());
      return load;
    });
    for (const cleanup of cleanups) await cleanup();
  },
  // Each test waits for a load most of its time, so all of them run at once.
}).concurrent;

test("a load without trouble has every kind of request and no failure", async ({ start, expect }) => {
  const application = new Application();
  const load = await start(application, { host: "shop.example.com", connections: 4 });
  await load.answers(150);
  await load.stop();
  const summary = load.summary({ versions: ["v1"], counted: application.counted });
  expect(summary).toMatchObject({ failed: 0, examples: [], replicas: { a: summary.sent } });
  expect(summary.answered).toBe(summary.sent);
  expect(Object.keys(summary.versions)).toEqual(["v1"]);
  expect(new Set(load.results.map(({ kind }) => kind))).toEqual(
    new Set(["keepAlive", "oneRequest", "slow", "post"]),
  );
  expect([...application.hosts]).toEqual(["shop.example.com"]);
  const oneRequest = load.results.filter(({ kind }) => kind === "oneRequest").length;
  expect(application.connections).toBeGreaterThan(oneRequest);
  expect(application.connections).toBeLessThan(summary.sent);
});

test("a slow request takes its time", async ({ start, expect }) => {
  const load = await start(new Application());
  await load.until(() => load.results.some(({ kind }) => kind === "slow"), { what: "a slow answer" });
  const slow = load.results.find(({ kind }) => kind === "slow");
  expect((slow?.end ?? 0) - (slow?.start ?? 0)).toBeGreaterThan(290);
});

test.for([
  {
    what: "a connection that is closed without an answer",
    expected: /ECONNRESET|socket hang up/,
    misbehave: (_: unknown, response: http.ServerResponse) => response.socket?.destroy(),
  },
  {
    what: "a request that is never answered",
    expected: /no complete answer in 2000 ms/,
    misbehave: () => true,
  },
  {
    what: "an answer that is cut short",
    expected: /cut short/,
    misbehave: (_: unknown, response: http.ServerResponse) => {
      response.writeHead(200, { "content-length": 1000 });
      response.write("{", () => response.socket?.destroy());
    },
  },
  {
    what: "a wrong status",
    expected: /status 503/,
    misbehave: (_: unknown, response: http.ServerResponse) => response.writeHead(503).end(),
  },
  {
    what: "an answer of something else",
    expected: /not an answer of the example/,
    misbehave: (_: unknown, response: http.ServerResponse) => response.end("<h1>hello</h1>"),
  },
  {
    what: "a header of another version than the body's",
    expected: /header says v9, body says v1/,
    misbehave: (_: unknown, response: http.ServerResponse) =>
      response.setHeader("x-version", "v9").end(JSON.stringify({ version: "v1", replica: "a" })),
  },
])("notices $what", async ({ misbehave, expected }, { start, expect }) => {
  const application = new Application();
  application.misbehave = (request, response, number) => {
    if (number !== 20) return false;
    misbehave(request, response);
    return true;
  };
  const load = await start(application);
  await load.answers(60);
  await load.stop();
  const summary = load.summary({ versions: ["v1"] });
  expect(summary.failed).toBe(1);
  expect(summary.examples[0]).toMatch(expected);
});

test("notices a server that is gone", async ({ start, expect }) => {
  const application = new Application();
  const load = await start(application);
  application.close();
  const refused = () => load.results.some(({ error }) => error?.includes("ECONNREFUSED"));
  await load.until(refused, { what: "a connection that is refused" });
  expect(load.summary().failed).toBeGreaterThan(0);
});

test("notices a wrong version", async ({ start, expect }) => {
  const application = new Application();
  application.misbehave = (_, response, number) => {
    if (number !== 20) return false;
    application.answer(response, { version: "v2" });
    return true;
  };
  const load = await start(application, { rates: { post: 0 } });
  await load.answers(60);
  await load.stop();
  const summary = load.summary({ versions: ["v1"] });
  expect(summary.failed).toBe(1);
  expect(summary.examples[0]).toMatch("answered by version v2");
});

test("notices a POST that was counted twice, and one that was not counted", async ({ start, expect }) => {
  const application = new Application();
  const load = await start(application, { rates: { post: 50 } });
  await load.answers(60);
  await load.stop();
  expect(load.summary({ counted: application.counted }).failed).toBe(0);
  const [twice, never] = [...application.counted.keys()];
  const counted = new Map(application.counted).set(twice ?? "", 2).set(never ?? "", 0);
  const summary = load.summary({ counted });
  expect(summary.failed).toBe(2);
  expect(summary.examples.join()).toMatch(/was counted 2 times.*was counted 0 times/);
});

test("a clean shift has no overlap, whatever slow requests are in flight", async ({ start, expect }) => {
  const application = new Application();
  const load = await start(application);
  await load.answers(60);
  application.version = "v2";
  await load.until(({ versions }) => "v2" in versions, { what: "v2" });
  await load.answers(60);
  await load.stop();
  const summary = load.summary({ versions: ["v1", "v2"] });
  expect(summary.failed).toBe(0);
  expect(summary.versions.v1?.last).toBeGreaterThan(summary.versions.v2?.first ?? Infinity);
  expect(overlap(summary, "v1", "v2").byStart).toBe(0);
  expect(overlap(summary, "v1", "v2").byAnswer).toBeLessThan(250);
});

test("notices an old version that takes requests after the shift", async ({ start, expect }) => {
  const application = new Application();
  const load = await start(application);
  application.version = "v2";
  let straggler = false;
  await load.until(({ versions }) => (versions.v2?.answers ?? 0) > 40, { what: "v2" });
  application.misbehave = (_, response) => {
    if (straggler) return false;
    straggler = true;
    application.answer(response, { version: "v1" });
    return true;
  };
  await load.answers(60);
  await load.stop();
  const { byStart, byAnswer } = overlap(load.summary(), "v1", "v2");
  expect(byStart).toBeGreaterThan(100);
  expect(byAnswer).toBeGreaterThanOrEqual(byStart);
});

test("the longest gap is the longest time without a good answer", async ({ start, expect }) => {
  const application = new Application();
  let until = 0;
  application.misbehave = (_, response) => {
    if (Date.now() >= until) return false;
    response.writeHead(503).end();
    return true;
  };
  const load = await start(application, { rates: { slow: 0 } });
  await load.answers(50);
  until = Date.now() + 500;
  await load.answers(50);
  await load.stop();
  const { longestGap, failed } = load.summary();
  expect(longestGap).toBeGreaterThan(450);
  expect(longestGap).toBeLessThan(1500);
  expect(failed).toBeGreaterThan(10);
});

test("says what it has seen when what a test waits for does not come", async ({ start, expect }) => {
  const load = await start(new Application());
  const waiting = load.until(({ versions }) => "v2" in versions, { what: "version v2", deadline: 50 });
  await expect(waiting).rejects.toThrow(
    /not seen in 50 ms: version v2; \d+ answers, 0 of them failed, versions: v1/,
  );
});
