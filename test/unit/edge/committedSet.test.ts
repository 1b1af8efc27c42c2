import { describe, expect, it } from "vitest";
import { declaration } from "../../../components/edge/backendConfig.ts";
import {
  committedServices,
  renderSet,
  sameFiles,
  type CommittedServices,
} from "../../../components/edge/committedSet.ts";
import type { BackendDocument } from "../../../components/rollout/document.ts";

const empty = new Map<string, string>();
const backend: BackendDocument = {
  routes: [{}],
  healthCheck: { path: "/healthz", interval: 2000, timeout: 1000 },
};
const server = { name: "web-h1-1a2b3c4:8080", address: "10.0.0.11:7080", healthCheckPath: "/healthz" };
const services: CommittedServices = {
  web: { backend, servers: [server] },
  api: { backend: { ...backend, routes: [{ host: "api.example.com" }] }, servers: [] },
};

describe("the committed set", () => {
  it("is, for each service, a configuration and a map of the paths that its servers are checked with", () => {
    const files = renderSet(services, empty);
    expect([...files.keys()].sort()).toEqual([
      "api.cfg",
      "api.checks",
      "holds.map",
      "routes.map",
      "services.json",
      "web.cfg",
      "web.checks",
    ]);
    expect(files.get("web.checks")).toBe(
      `declaration ${declaration("web", backend)}\nweb-h1-1a2b3c4:8080 /healthz\n`,
    );
    expect(files.get("web.cfg")).toMatch(
      /^ {2}server web-h1-1a2b3c4:8080 10\.0\.0\.11:7080 pool-purge-delay 1s check inter 2000ms /m,
    );
    expect(files.get("routes.map")).toBe("/ service_web\napi.example.com/ service_api\n");
  });

  it("is read as it was written, and comes out the same again", () => {
    const files = renderSet(services, empty);
    expect(committedServices(files)).toEqual(services);
    expect(sameFiles(files, renderSet(committedServices(files), files))).toBe(true);
    expect(committedServices(empty)).toEqual({});
  });

  it("differs where a text or a name differs", () => {
    const files = renderSet(services, empty);
    const { web, ...others } = services;
    expect(sameFiles(files, renderSet(others, files))).toBe(false);
    expect(sameFiles(files, new Map([...files, ["web.cfg", "changed"]]))).toBe(false);
    expect(sameFiles(files, new Map([...files].map(([name, text]) => [`${name}x`, text])))).toBe(false);
    expect(web).toBeDefined();
  });

  it("of another format is refused", () => {
    expect(() => committedServices(new Map([["services.json", `{"format":2,"services":{}}`]]))).toThrow(
      "does not know",
    );
    expect(() => committedServices(new Map([["services.json", `{"format":1}`]]))).toThrow("does not know");
    expect(() => committedServices(new Map([["services.json", `{`]]))).toThrow("does not know");
  });

  it("is not made of names that are more than names", () => {
    const withServer = (change: Partial<typeof server>): CommittedServices => ({
      web: { backend, servers: [{ ...server, ...change }] },
    });
    expect(() => renderSet(withServer({ name: "a:80 10.0.0.1:1\n  server b" }), empty)).toThrow();
    expect(() => renderSet(withServer({ address: "10.0.0.1:80 backup" }), empty)).toThrow();
    expect(() =>
      renderSet(withServer({ healthCheckPath: "/%[env(HANDOVER_GATEWAY_KEY)]" }), empty),
    ).toThrow();
    expect(() => renderSet({ "../evil": { backend, servers: [] } }, empty)).toThrow();
  });
});

describe("a declaration", () => {
  const other = (change: Partial<BackendDocument["healthCheck"]>) =>
    declaration("web", { ...backend, healthCheck: { ...backend.healthCheck, ...change } });

  it("stays the same where nothing differs that needs a reload", () => {
    expect(other({ path: "/other" })).toBe(declaration("web", backend));
    expect(declaration("web", { ...backend, routes: [{ path: "/x" }] })).toBe(declaration("web", backend));
  });

  it("is another one where something does", () => {
    const all = [
      declaration("web", backend),
      declaration("api", backend),
      other({ interval: 3000 }),
      other({ timeout: 500 }),
    ];
    const named = declaration("web", { ...backend, routes: [{ host: "a.example.com" }] });
    expect(new Set([...all, named]).size).toBe(5);
  });
});
