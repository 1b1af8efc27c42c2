import { connect as connectHttp2 } from "node:http2";
import { once } from "node:events";
import { text } from "node:stream/consumers";
import { afterAll, beforeAll, beforeEach, describe, expect, it } from "vitest";
import type { RouteArgs } from "../../../components/types.ts";
import type { Arrived } from "../../support/gatewayDouble.ts";
import { backendOf, EdgeUnderTest } from "./edgeUnderTest.ts";
import { connected, head, sendRaw, statuses } from "./raw.ts";
import { sendRawHttp2 } from "./rawHttp2.ts";

let edges: EdgeUnderTest;
let port: number;

const services: Record<string, RouteArgs[]> = {
  web: [{}],
  api: [{ host: "Api.Test", path: "/v1/" }, { path: "/shared/api" }],
  shop: [{ host: "shop.test" }, { host: "api.test", path: "/v1/shop" }, { path: "/shared" }],
};

beforeAll(async () => {
  edges = await EdgeUnderTest.start();
  port = edges.container.port;
  const declared = Object.entries(services).map(async ([service, routes]) => {
    const edge = await edges.open(service);
    await edge.declare({ ...backendOf(service), routes });
    return { edge, service, server: `${service}:80` };
  });
  for (const { edge, service, server } of await Promise.all(declared)) {
    await edges.staged(edge, service, server);
    await edge.shift({ ready: [server], drain: [] });
  }
}, 30_000);
afterAll(() => edges.remove());
beforeEach(() => {
  edges.gateway.requests = [];
});

const send = (...lines: string[]) => sendRaw(port, head(...lines));

/** How often a header has arrived, and with which values. */
const values = ({ rawHeaders }: Arrived, name: string) =>
  rawHeaders.filter((_, index) => index % 2 === 1 && rawHeaders[index - 1]?.toLowerCase() === name);

/** What holds for every request that arrives: it has passed the edge's rules, as a request of its own. */
function expectRulesApplied(): void {
  for (const arrived of edges.gateway.requests) {
    expect(values(arrived, "x-gateway-key")).toEqual([edges.container.key]);
    expect(values(arrived, "x-replica")).toEqual([expect.stringMatching(/^(web|api|shop):80$/)]);
    expect(values(arrived, "x-forwarded-for")).toEqual(["127.0.0.1"]);
    expect(values(arrived, "x-request-id")).toEqual([expect.stringMatching(/^[\w.:-]{1,64}$/)]);
    expect(values(arrived, "host").length).toBeLessThanOrEqual(1);
  }
}

describe("a request goes to", () => {
  it.each([
    ["any.test", "/", "web"],
    ["any.test", "/v1", "web"],
    ["api.test", "/", "web"],
    ["api.test", "/v1", "api"],
    ["api.test", "/v1/", "api"],
    ["api.test", "/v1/x?y=/z", "api"],
    ["api.test", "/v1x", "web"],
    ["API.test:8080", "/v1", "api"],
    ["api.test", "/v1/shop", "shop"],
    ["api.test", "/v1/shop/cart", "shop"],
    ["api.test", "/v1/shops", "api"],
    ["shop.test", "/anything", "shop"],
    ["shop.test", "/shared/api", "shop"],
    ["any.test", "/shared", "shop"],
    ["any.test", "/shared/api/x", "api"],
    ["any.test", "/shared/apix", "shop"],
    ["any.test", "/sharedx", "web"],
  ])("%s%s: the longest path of its host name, then of any (%s)", async (host, path, service) => {
    expect((await edges.ask({ host, path })).body).toBe(`${service}:80`);
  });
});

describe("headers that only the edge may send", () => {
  const spoofed = [
    ...["X-Replica: shop:80", "x-replica: shop:80", "X-Gateway-Key: guessed", "X-GATEWAY-KEY: guessed"],
    ...[
      "X-Gateway: refused",
      "X-Forwarded-For: 10.1.1.1",
      "X-Forwarded-Proto: https",
      "X-Forwarded-Host: bank.test",
    ],
    ...[
      "X-Forwarded-Port: 443",
      "X-Forwarded-Client-Cert: x",
      "Forwarded: for=10.1.1.1",
      "X-Real-IP: 10.1.1.1",
    ],
    ...[
      "X-Original-URL: /admin",
      "X-Rewrite-URL: /admin",
      "Proxy: http://evil.test",
      "HTTP2-Settings: x",
      "Upgrade: h2c",
    ],
  ];

  it("never arrive from a client", async () => {
    const answer = await send("GET /spoofed HTTP/1.1", "Host: any.test", ...spoofed, "Connection: close");
    expect(statuses(answer)).toEqual([200]);
    expectRulesApplied();
    const [arrived] = edges.gateway.requests;
    expect(arrived?.headers).toMatchObject({
      "x-replica": "web:80",
      "x-forwarded-proto": "http",
      "x-forwarded-host": "any.test",
      "x-forwarded-port": String(port),
    });
    expect(JSON.stringify(arrived)).not.toMatch(
      /guessed|10\.1\.1\.1|bank|evil|\/admin|h2c|client-cert|http2/i,
    );
    expect(arrived?.headers).not.toHaveProperty("x-gateway");
  });

  it("never arrive over HTTP/2 either", async () => {
    const session = connectHttp2(edges.container.url);
    const stream = session.request({ ":path": "/h2", "x-replica": "shop:80", "x-gateway-key": "guessed" });
    const [headers] = await once(stream, "response");
    expect(headers[":status"]).toBe(200);
    expect(await text(stream)).toBe("web:80");
    session.close();
    expect(edges.gateway.at("/h2")).toHaveLength(1);
    expectRulesApplied();
  });

  it("do not arrive when the client calls them headers of the connection", async () => {
    const named = "Connection: close, x-gateway-key, x-replica, x-forwarded-for, x-request-id";
    expect(statuses(await send("GET / HTTP/1.1", "Host: any.test", named))).toEqual([200]);
    expectRulesApplied();
  });

  it("let a WebSocket's upgrade through", async () => {
    const key = "Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==";
    await send("GET /ws HTTP/1.1", "Host: any.test", "Connection: Upgrade", "Upgrade: WebSocket", key);
    expect(edges.gateway.at("/ws")[0]?.headers.upgrade?.toLowerCase()).toBe("websocket");
  });
});

describe("a request's id", () => {
  const idOf = async (...lines: string[]) => {
    await send("GET /id HTTP/1.1", "Host: any.test", ...lines, "Connection: close");
    return edges.gateway.at("/id").at(-1)?.headers["x-request-id"];
  };

  it("of a client is kept when it is harmless, and else made anew", async () => {
    const uuid = expect.stringMatching(/^[0-9a-f-]{36}$/);
    expect(await idOf("X-Request-Id: a-1.b:c_D")).toBe("a-1.b:c_D");
    expect(await idOf()).toEqual(uuid);
    expect(await idOf("X-Request-Id: a b")).toEqual(uuid);
    expect(await idOf(`X-Request-Id: ${"a".repeat(65)}`)).toEqual(uuid);
    expect(await idOf("X-Request-Id: a", "X-Request-Id: b")).toEqual(uuid);
    expect(await idOf("X-Request-Id: a,b")).toEqual(uuid);
    expectRulesApplied();
  });
});

describe("a request that is refused", () => {
  // A newer HAProxy tells one reason from the other.
  const tooLarge = expect.toBeOneOf([400, 414, 431]);

  it.each([
    ["with two hosts", 400, ["GET / HTTP/1.1", "Host: any.test", "Host: shop.test"]],
    ["without a host", 400, ["GET / HTTP/1.1"]],
    ["with a space before a colon", 400, ["GET / HTTP/1.1", "Host: any.test", "X-Gateway-Key : x"]],
    ["with a NUL", 400, ["GET / HTTP/1.1", "Host: any.test", "X-A: a\0b"]],
    ["with a negative length", 400, ["POST / HTTP/1.1", "Host: any.test", "Content-Length: -1"]],
    ["with a bare line", 400, ["GET / HTTP/1.1", "Host: any.test", "no colon"]],
    ["with no version", 400, ["GET /"]],
    [
      "with more headers than fit",
      tooLarge,
      ["GET / HTTP/1.1", "Host: any.test", `X-A: ${"a".repeat(20_000)}`],
    ],
    ["with a longer path than fits", tooLarge, [`GET /${"a".repeat(20_000)} HTTP/1.1`, "Host: any.test"]],
    [
      "with too many headers",
      tooLarge,
      ["GET / HTTP/1.1", "Host: any.test", ...Array.from({ length: 200 }, (_, n) => `A${n}: b`)],
    ],
    ["for a tunnel", 405, ["CONNECT any.test:443 HTTP/1.1", "Host: any.test:443"]],
    ["for a trace", 405, ["TRACE / HTTP/1.1", "Host: any.test"]],
  ])("%s", async (_, status, lines) => {
    expect(statuses(await send(...lines))).toEqual([status]);
    expect(edges.gateway.requests).toEqual([]);
  });

  it("gets a page, which says nothing of what is inside", async () => {
    const answer = await edges.ask({ host: "any.test", method: "TRACE" });
    expect(answer.headers["content-type"]).toBe("text/html; charset=utf-8");
    expect(answer.body).toContain("<h1>Method not allowed</h1>");
    expect(Object.keys(answer.headers).join()).not.toMatch(/gateway|server|via/);
  });
});

describe("an old or odd request", () => {
  it("of HTTP/1.0 needs no host", async () => {
    expect(await send("GET /old HTTP/1.0")).toContain("web:80");
    expectRulesApplied();
  });

  it("with the same host twice has one", async () => {
    const answer = await send("GET / HTTP/1.1", "Host: any.test", "Host: any.test", "Connection: close");
    expect([200, 400]).toContain(statuses(answer)[0]);
    expectRulesApplied();
  });

  it("in absolute form goes where its target says, or nowhere", async () => {
    expect(await send("GET http://shop.test/x HTTP/1.1", "Host: shop.test", "Connection: close")).toContain(
      "shop:80",
    );
    const contradiction = await send(
      "GET http://shop.test/x HTTP/1.1",
      "Host: any.test",
      "Connection: close",
    );
    const [status] = statuses(contradiction);
    expect([200, 400]).toContain(status);
    // Edge and replica must be of one mind.
    for (const { headers } of edges.gateway.requests) expect(headers.host).toBe("shop.test");
    if (status === 200) expect(contradiction).toContain("shop:80");
  });
});

/** A request inside another's body, or behind it. If it gets through at all, then as any other request does. */
const inner = head(
  "GET /smuggled HTTP/1.1",
  "Host: any.test",
  "X-Gateway-Key: guessed",
  "X-Replica: shop:80",
  "X-Forwarded-For: 10.1.1.1",
);

describe("smuggling", () => {
  const post = (...lines: string[]) => head("POST /outer HTTP/1.1", "Host: any.test", ...lines);
  const chunk = `${inner.length.toString(16)}\r\n${inner}\r\n0\r\n\r\n`;

  it.each([
    [
      "CL.TE",
      `${post(`Content-Length: ${5 + inner.length}`, "Transfer-Encoding: chunked")}0\r\n\r\n${inner}`,
    ],
    ["TE.CL", `${post("Transfer-Encoding: chunked", "Content-Length: 4")}${chunk}`],
    ["TE.TE", `${post("Transfer-Encoding: chunked", "Transfer-Encoding: identity")}0\r\n\r\n${inner}`],
    ["TE with a space", `${post("Content-Length: 4", "Transfer-Encoding : chunked")}${chunk}`],
    ["TE of another name", `${post("Content-Length: 4", "Transfer-Encoding: xchunked")}${chunk}`],
    ["TE after a tab", `${post("Content-Length: 4", "Transfer-Encoding:\tchunked")}${chunk}`],
    ["TE twice in one", `${post("Content-Length: 4", "Transfer-Encoding: chunked, chunked")}${chunk}`],
    ["TE folded", `${post("Content-Length: 4", "X-A: b", " Transfer-Encoding: chunked")}${chunk}`],
    [
      "TE in HTTP/1.0",
      `${head("POST /outer HTTP/1.0", "Host: any.test", "Content-Length: 4", "Transfer-Encoding: chunked")}${chunk}`,
    ],
    ["a chunk's bad size", `${post("Transfer-Encoding: chunked")}0x5\r\nhello\r\n0\r\n\r\n${inner}`],
    [
      "a chunk's long extension",
      `${post("Transfer-Encoding: chunked")}5;${"a".repeat(9000)}\r\nhello\r\n0\r\n\r\n${inner}`,
    ],
    ["a bare carriage return", `${post("X-A: b\rContent-Length: 4")}${inner}`],
    ["a bare line feed", `POST /outer HTTP/1.1\nHost: any.test\nContent-Length: 4\n\n${chunk}`],
    [
      "a folded header",
      `${post("X-A: b", " X-Gateway-Key: guessed", "\tX-Replica: shop:80", "Content-Length: 0")}${inner}`,
    ],
    ["two lengths", `${post("Content-Length: 0", `Content-Length: ${inner.length}`)}${inner}`],
    ["a sign in the length", `${post("Content-Length: +4")}${chunk}`],
    [
      "a body of a GET",
      `${head("GET /outer HTTP/1.1", "Host: any.test", `Content-Length: ${inner.length}`)}${inner}`,
    ],
    [
      "a header in a trailer",
      `${post("Transfer-Encoding: chunked")}0\r\nX-Gateway-Key: guessed\r\nX-Replica: shop:80\r\n\r\n`,
    ],
  ])("by %s brings nothing past the rules", async (_, bytes) => {
    const answers = statuses(await sendRaw(port, bytes));
    expectRulesApplied();
    // The edge has answered everything that arrived, in order, so none of it was hidden from it.
    const served = answers.filter((status) => status === 200).length;
    expect(edges.gateway.requests.length).toBe(served);
    for (const { rawHeaders } of edges.gateway.requests) {
      expect(
        rawHeaders.filter((each) => /^(content-length|transfer-encoding)$/i.test(each)).length,
      ).toBeLessThanOrEqual(1);
    }
    expect((await edges.ask({ host: "any.test" })).body).toBe("web:80");
  });
});

describe("a request over HTTP/2 becomes one of HTTP/1.1, and brings nothing else with it", () => {
  const request = (given: Record<string, string> = {}) => {
    const pseudo = {
      ":method": "POST",
      ":scheme": "http",
      ":authority": "any.test",
      ":path": "/h2",
      ...given,
    };
    return Object.entries(pseudo);
  };
  const more = "x\r\nx-gateway-key: guessed\r\nx-replica: shop:80";

  it.each<[string, [string, string][], string?]>([
    [
      "a body that is said to be chunked",
      [...request(), ["transfer-encoding", "chunked"]],
      `0\r\n\r\n${inner}`,
    ],
    ["a body that is longer than it says", [...request(), ["content-length", "0"]], inner],
    ["two lengths", [...request(), ["content-length", "0"], ["content-length", "400"]], inner],
    ["a header of the connection", [...request(), ["connection", "x-forwarded-for"]], inner],
    ["lines in a header's value", [...request(), ["x-a", more]]],
    ["lines in a header's name", [...request(), [`x-a: ${more}`, "b"]]],
    ["lines in the path", request({ ":path": `/h2 HTTP/1.1\r\nx-replica: shop:80\r\n` })],
    ["lines in the method", request({ ":method": "GET /smuggled HTTP/1.1\r\nx: " })],
    ["lines in the host", request({ ":authority": `any.test\r\nx-replica: shop:80` })],
    ["a name in capitals", [...request(), ["X-Gateway-Key", "guessed"]]],
    ["a host beside the authority", [...request(), ["host", "shop.test"]]],
    ["two paths", [...request(), [":path", "/smuggled"]]],
    ["a path that is none", request({ ":path": "http://shop.test/smuggled" })],
    ["a protocol that it would become", [...request(), ["upgrade", "h2c"], ["http2-settings", "x"]]],
  ])("%s", async (_, headers, body) => {
    await sendRawHttp2(port, headers, body);
    expectRulesApplied();
    expect(JSON.stringify(edges.gateway.requests)).not.toMatch(/guessed|h2c/);
    expect(edges.gateway.requests.length).toBeLessThanOrEqual(1);
    expect(edges.gateway.at("/smuggled")).toEqual([]);
    expect((await edges.ask({ host: "any.test" })).body).toBe("web:80");
  });

  it("and is one, where nothing is wrong with it", async () => {
    await sendRawHttp2(port, request(), "a body");
    expect(edges.gateway.at("/h2")).toHaveLength(1);
    expectRulesApplied();
  });
});

describe("clients that take their time", () => {
  it("with a header get some seconds for it, and with a body keep nobody else waiting", async () => {
    const header = await connected(port);
    let answer = "";
    header.setEncoding("latin1").on("data", (text) => (answer += text));
    header.write("GET / HTTP/1.1\r\nHost: any.test\r\nX-A: ");
    // Never silent for long, and never at an end.
    const trickle = setInterval(() => header.write("a"), 500);
    const bodies = await Promise.all(Array.from({ length: 200 }, () => connected(port)));
    for (const socket of bodies) {
      socket.write(head("POST /slow HTTP/1.1", "Host: any.test", "Content-Length: 1000"));
    }
    const answers = await Promise.all(Array.from({ length: 20 }, () => edges.ask({ host: "any.test" })));
    expect(new Set(answers.map(({ status }) => status))).toEqual(new Set([200]));
    await new Promise((resolve) => header.on("close", resolve));
    clearInterval(trickle);
    expect(statuses(answer)).toEqual([408]);
    for (const socket of bodies) socket.destroy();
  });

  it("with their headers, and a thousand that say nothing, keep nobody waiting", async () => {
    const slow = await Promise.all(Array.from({ length: 200 }, () => connected(port)));
    for (const socket of slow) socket.write("GET / HTTP/1.1\r\nHost: any.test\r\nX-A: ");
    const idle = await Promise.all(Array.from({ length: 1000 }, () => connected(port)));
    for (const socket of slow) socket.write("b");
    const begun = Date.now();
    const answers = await Promise.all(Array.from({ length: 20 }, () => edges.ask({ host: "any.test" })));
    expect(new Set(answers.map(({ status }) => status))).toEqual(new Set([200]));
    expect(Date.now() - begun).toBeLessThan(1_000);
    expect([...slow, ...idle].filter((socket) => socket.destroyed || socket.readableEnded)).toEqual([]);
    for (const socket of [...slow, ...idle]) socket.destroy();
  });
});

describe("the log", () => {
  it("is one JSON object for each request, whatever a client sends", async () => {
    const evil = `/"},{"status":200}%0a\\`;
    await send(`GET ${evil} HTTP/1.1`, `Host: a"b.test`, "X-Request-Id: log-1", "Connection: close");
    await send(
      `GET /${"\u00ff".repeat(3)} HTTP/1.1`,
      "Host: any.test",
      "X-Request-Id: log-2",
      "Connection: close",
    );
    await send(
      `GET /${"a".repeat(5_000)} HTTP/1.1`,
      "Host: any.test",
      "X-Request-Id: log-3",
      "Connection: close",
    );
    const lines = (await edges.container.logs()).split("\n").filter((line) => line.startsWith("{"));
    const logged = lines.map((line) => JSON.parse(line));
    const of = (id: string) => logged.find((entry) => entry.id === id);
    expect(of("log-1")).toMatchObject({ method: "GET", client: "127.0.0.1", path: evil });
    expect(of("log-3")).toMatchObject({ status: 200, server: "web:80", backend: "service_web" });
    expect(of("log-3").path.length).toBeLessThanOrEqual(1024);
    expect(logged.length).toBeGreaterThan(20);
  });
});

describe("the statistics", () => {
  it("have a port of their own", async () => {
    const metrics = await fetch(`http://127.0.0.1:${edges.container.statsPort}/metrics`);
    expect(await metrics.text()).toContain(
      'haproxy_server_status{proxy="service_web",server="web:80",state="UP"} 1',
    );
    expect((await edges.ask({ host: "any.test", path: "/metrics" })).body).toBe("web:80");
  });
});
