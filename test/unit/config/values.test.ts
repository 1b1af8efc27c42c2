import { describe, expect, it } from "vitest";
import type { z } from "zod";
import { milliseconds } from "../../../components/config/duration.ts";
import * as fields from "../../../components/config/fields.ts";
import { mebibytes } from "../../../components/config/memory.ts";
import { nearest } from "../../../components/config/suggestion.ts";

describe("durations and amounts of memory", () => {
  it.each([
    ["1ms", 1],
    ["500ms", 500],
    ["2s", 2000],
    ["1.5s", 1500],
    ["0.5m", 30_000],
    ["1440m", 86_400_000],
  ])("%s is %d ms", (text, expected) => expect(milliseconds(text)).toBe(expected));

  it.each([
    ["6m", 6],
    ["256m", 256],
    ["1g", 1024],
    ["1.5g", 1536],
  ])("%s is %d MiB", (text, expected) => expect(mebibytes(text)).toBe(expected));

  it("say what is allowed", () => {
    expect(() => milliseconds("2 s")).toThrow('"2 s" is not a duration: a number with its unit, ms, s or m');
    expect(() => mebibytes("2gb")).toThrow(
      '"2gb" is not an amount of memory: a number with its unit, m (MiB)',
    );
  });
});

/** What a hand or `pulumi config set --path` may give, and what would be something else to HAProxy or a shell. */
const kinds: Record<string, { field: z.ZodType; allowed: unknown[]; refused: unknown[] }> = {
  duration: {
    field: fields.duration,
    allowed: ["1ms", "2s", "1440m"],
    refused: ["", "0s", "-1s", "0.4ms", "2h", "2", 2, "1441m", "1e3s", " 2s", "2s\n", null],
  },
  memory: { field: fields.memory, allowed: ["6m", "0.5g"], refused: ["5m", "1k", "1", 1, "1G", "1gb"] },
  cpus: {
    field: fields.cpus,
    allowed: [1, 0.5, "0.5"],
    refused: [0, -1, 0.001, "1", "half", "0.5.1", NaN, Infinity, true],
  },
  port: { field: fields.port, allowed: [1, 8080, 65_535], refused: [0, 65_536, 80.5, "80", -1, null, NaN] },
  "IPv4 address": {
    field: fields.ipv4,
    allowed: ["10.0.0.11", "198.18.0.1", "127.0.0.1", "255.255.255.255"],
    refused: ["10.0.0", "10.0.0.256", "10.0.0.1/24", "::1", "localhost", "10.0.0.1 ", "010.0.0.1"],
  },
  "Docker endpoint": {
    field: fields.dockerEndpoint,
    allowed: [
      "ssh://root@10.0.0.1",
      "ssh://deploy@h1.example.com:2222",
      "ssh://h1",
      "unix:///run/handover-lab/h1/docker.sock",
      "tcp://10.0.0.1:2375",
    ],
    refused: [
      "ssh://-oProxyCommand=x@h",
      "ssh://root@-x",
      "ssh://root@h/path",
      "unix://relative.sock",
      "unix:///a b",
      "tcp://10.0.0.1",
      "http://10.0.0.1",
      "10.0.0.1",
      "unix:///a;b",
    ],
  },
  image: {
    field: fields.image,
    allowed: [
      "haproxy",
      "haproxy:3.2",
      "acme/web:1.4-rc_2",
      "localhost:5000/acme/web",
      "registry.example.com/a/b/c:latest",
      `acme/web:1@sha256:${"0a".repeat(32)}`,
    ],
    refused: [
      "",
      "Acme/web",
      "acme/web:",
      "acme web",
      "acme/web:1 --privileged",
      "-x",
      "acme//web",
      "a/web@sha256:00",
    ],
  },
  "route's host name": {
    field: fields.hostName,
    allowed: ["shop.example.com", "localhost", "xn--bcher-kva.example", "SHOP.example.com"],
    refused: ["shop.example.com:80", "*.example.com", "-a.b", "a..b", "a b", 'a"', "a\nb", "bücher.example"],
  },
  "route's path": {
    field: fields.routePath,
    allowed: ["/", "/api", "/api/v1.2/~x", "/a:b@c"],
    refused: [
      "",
      "api",
      "/a b",
      "/a\n",
      '/"',
      "/'",
      "/a#b",
      "/a;b",
      "/%[src]",
      "/a\\",
      "/{x}",
      "/$x",
      "/a?b",
      "/ä",
    ],
  },
  "health check's path": {
    field: fields.healthCheckPath,
    allowed: ["/", "/healthz?full=1&x"],
    refused: ["healthz", "/a b", "/a\r\nX: y", "/%20", "/;show", "/a,b"],
  },
  "service's name": {
    field: fields.shortName(5),
    allowed: ["a", "web", "w-2-a", "abcde"],
    refused: ["", "Web", "2a", "-a", "a-", "a--b", "a_b", "a.b", "abcdef", "a\n"],
  },
  "variable's name": {
    field: fields.variableName,
    allowed: ["A", "_a1"],
    refused: ["", "1A", "A-B", "A=B", "A B"],
  },
  "label's value": {
    field: fields.labelValue,
    allowed: ["ssd", "fra1", 3, true, "a/b.c_d"],
    refused: ["", "a b", "-a", 1.5, "a".repeat(64)],
  },
  text: {
    field: fields.anyText,
    allowed: ["", "a\nb", "ä", 8080, true],
    refused: [1.5, 2 ** 60, "\0", null, {}, []],
  },
};

describe.each(Object.entries(kinds))("a %s", (_, { field, allowed, refused }) => {
  it.each(allowed)("may be %j", (value) => expect(field.safeParse(value).success).toBe(true));
  it.each(refused)("may not be %j", (value) => expect(field.safeParse(value).success).toBe(false));
});

describe("what is written in another way", () => {
  it("arrives in one way", () => {
    expect(fields.hostName.parse("SHOP.Example.com")).toBe("shop.example.com");
    expect(fields.routePath.parse("/api//")).toBe("/api");
    expect(fields.routePath.parse("//")).toBe("/");
    expect(fields.anyText.parse(8080)).toBe("8080");
    expect(fields.cpus.parse("0.5")).toBe(0.5);
  });
});

describe("the nearest name", () => {
  it.each([
    ["intervall", "interval"],
    ["IMAGE", "image"],
    ["portt", "port"],
    ["bananas", undefined],
  ])("to %s is %s", (given, expected) =>
    expect(nearest(given, ["interval", "image", "port", "path"])).toBe(expected),
  );
});
