import { describe, expect, it } from "vitest";
import { parseMap } from "../../../components/edge/maps.ts";
import { combinedRoutes, routesOfOthers, routesText } from "../../../components/edge/routes.ts";

const none = new Map<string, string>();
const asObject = (routes: ReadonlyMap<string, string>) => Object.fromEntries(routes);

describe("the map of the routes", () => {
  it("has a key for each host and path that ends its last segment", () => {
    const routes = combinedRoutes(
      {
        web: [
          {},
          { host: "Shop.Example.com" },
          { host: "shop.example.com", path: "/api/" },
          { path: "/a/b//" },
        ],
      },
      none,
    );
    expect(asObject(routes)).toEqual({
      "/": "service_web",
      "shop.example.com/": "service_web",
      "shop.example.com/api/": "service_web",
      "/a/b/": "service_web",
    });
  });

  it("gives a route that two services name to the first by name, in whatever order they come", () => {
    const expected = { "/": "service_api" };
    expect(asObject(combinedRoutes({ web: [{}], api: [{}] }, none))).toEqual(expected);
    expect(asObject(combinedRoutes({ api: [{}], web: [{}] }, none))).toEqual(expected);
  });

  it("leaves a route that two services name with the one that has it, until that one lets it go", () => {
    const present = combinedRoutes({ web: [{}] }, none);
    const both = combinedRoutes({ web: [{}], api: [{}] }, present);
    expect(asObject(both)).toEqual({ "/": "service_web" });
    expect(asObject(combinedRoutes({ api: [{}] }, both))).toEqual({ "/": "service_api" });
  });

  it("is written in order, and read as it was written", () => {
    const routes = combinedRoutes(
      { web: [{ path: "/z" }, { path: "/a" }], api: [{ host: "api.example.com" }] },
      none,
    );
    expect(routesText(routes)).toBe("/a/ service_web\n/z/ service_web\napi.example.com/ service_api\n");
    expect(asObject(parseMap(routesText(routes)))).toEqual(asObject(routes));
    expect(parseMap("").size).toBe(0);
  });

  it.each([
    { host: "a b" },
    { host: "x\ny" },
    { path: "/a b" },
    { path: "/a\n/b service_api" },
    { path: "a" },
    { path: "" },
  ])("refuses %j", (route) => {
    expect(() => combinedRoutes({ web: [route] }, none)).toThrow("that an edge can have");
  });
});

describe("the routes of others", () => {
  it("are those of a service's own that another one has", () => {
    const present = combinedRoutes({ web: [{}], api: [{ path: "/api" }] }, none);
    expect(routesOfOthers("shop", [{}, { path: "/shop" }], present)).toEqual([
      { route: {}, backend: "service_web" },
    ]);
    expect(routesOfOthers("web", [{}], present)).toEqual([]);
  });
});
