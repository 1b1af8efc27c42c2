import fc from "fast-check";
import { describe, expect, it } from "vitest";
import {
  checkPath,
  milliseconds,
  routeHost,
  routePath,
  serverAddress,
  serverName,
  serviceName,
} from "../../../components/edge/names.ts";
import { command } from "../../../components/edge/runtimeApi.ts";
import { hostile, special } from "./hostile.ts";

/** Each with something that it allows. */
const kinds = {
  serviceName: [serviceName, "web-2"],
  serverName: [serverName, "web-h1_a.b-1a2b3c4:8080"],
  serverAddress: [serverAddress, "10.0.0.11:7080"],
  routeHost: [routeHost, "shop.example.com"],
  routePath: [routePath, "/api/v1.0/~me"],
  checkPath: [checkPath, "/healthz?full=1&a=%20"],
} as const;

describe.each(Object.entries(kinds))("%s", (_, [check, example]) => {
  it("returns what it allows as it is", () => {
    expect(check(example)).toBe(example);
  });

  it("allows nothing in which a special character stands, wherever it stands", () => {
    fc.assert(
      fc.property(fc.nat(example.length), fc.constantFrom(...special), (at, evil) => {
        expect(() => check(example.slice(0, at) + evil + example.slice(at))).toThrow("not a");
      }),
    );
    fc.assert(
      fc.property(hostile, (value) => {
        expect(() => check(value)).toThrow("not a");
      }),
    );
  });

  it("lets nothing else through than one word of harmless characters", () => {
    fc.assert(
      fc.property(fc.oneof(fc.string(), fc.stringMatching(/^[/a-z0-9.:?&%-]*$/)), (value) => {
        try {
          expect(check(value)).toMatch(/^[\w\-.:/@+,=~?&%]+$/);
        } catch (error) {
          expect((error as Error).message).toContain("that an edge can have");
        }
      }),
    );
  });

  it("refuses nothing at all, and too much", () => {
    expect(() => check("")).toThrow();
    expect(() => check(example + "a".repeat(2000))).toThrow();
  });
});

describe("ports and addresses", () => {
  it.each(["web:0", "web:65536", "web:99999", "web:080", "web", "web:80:80", ":80", "-web:80"])(
    "refuses server %s",
    (name) => {
      expect(() => serverName(name)).toThrow();
    },
  );

  it.each([
    "10.0.0.256:80",
    "example.com:80",
    "10.0.0.1",
    "10.0.0.1:0",
    "10.0.0.1:65536",
    "::1:80",
    "010.0.0.1:80",
  ])("refuses address %s", (address) => {
    expect(() => serverAddress(address)).toThrow();
  });

  it.each([0, -1, 1.5, Number.NaN, Number.POSITIVE_INFINITY])("refuses %s as milliseconds", (time) => {
    expect(() => milliseconds(time)).toThrow();
  });
});

describe("command", () => {
  it("joins words", () => {
    expect(command("set server", "service_web/a:80", "state", "drain")).toBe(
      "set server service_web/a:80 state drain",
    );
  });

  it("refuses a word that could end the command and begin another", () => {
    for (const evil of special.filter((each) => each !== " ")) {
      expect(() => command("del map", "routes.map", `/a${evil}b`)).toThrow("not fit");
    }
    expect(() => command("show map", "")).toThrow("not fit");
  });

  it("is always one line without a semicolon", () => {
    fc.assert(
      fc.property(fc.array(fc.oneof(fc.string(), hostile), { minLength: 1 }), (words) => {
        try {
          expect(command(...words)).toMatch(/^[^;\n\r<>"'\\$`{}[\]|#]+$/);
        } catch (error) {
          expect((error as Error).message).toContain("not fit");
        }
      }),
    );
  });
});
