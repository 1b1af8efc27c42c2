import { readFileSync } from "node:fs";
import { describe, expect, it } from "vitest";
import { rules, type Service } from "../../../policy/rules.ts";

const service: Service = {
  image: "registry.example.com/acme/web:1.4",
  placements: [
    { replica: "web-h1", host: "h1", docker: "ssh://deploy@10.0.0.11" },
    { replica: "web-h2", host: "h2", docker: "ssh://deploy@10.0.0.12" },
  ],
  env: { LOG_LEVEL: "info" },
  resources: { memory: 256 },
  healthCheck: { path: "/healthz" },
};

/** What a rule says of a service that is good but for this. */
function said(name: string, change: Partial<Service>): string[] {
  const rule = rules.find((each) => each.name === name);
  return rule!.violations({ ...service, ...change });
}

it.each(rules)("$name has nothing against a good service", ({ violations }) => {
  expect(violations(service)).toEqual([]);
});

it.each(rules)("$name is documented", ({ name, description }) => {
  const page = readFileSync(new URL("../../../docs/policy.md", import.meta.url), "utf8");
  const row = page.split("\n").find((line) => line.startsWith(`| \`${name}\``)) ?? "";
  expect(row).toContain(description);
});

const digest = `@sha256:${"a".repeat(64)}`;

describe("no-latest", () => {
  it.each(["web", "web:latest", `web:latest${digest}`, "registry:5000/web"])("is against %s", (image) => {
    expect(said("no-latest", { image })).toEqual([
      `image: ${image} may be something else tomorrow; name a version, such as :1.4, or a digest`,
    ]);
  });
  it.each(["web:1", `web:1${digest}`, `web${digest}`])("lets %s be", (image) => {
    expect(said("no-latest", { image })).toEqual([]);
  });
});

describe("two-hosts", () => {
  const [first] = service.placements as [Service["placements"][number]];
  it("wants two replicas", () => {
    expect(said("two-hosts", { placements: [first] })).toEqual(["replicas: 1 is not enough; set at least 2"]);
  });
  it("wants two machines: two names of one do not do", () => {
    const same = { replica: "web-h3", host: "h3", docker: first.docker };
    expect(said("two-hosts", { placements: [first, same] })).toEqual([
      "placement: all 2 replicas run on one machine (h1 and h3); add a host, or loosen the constraints",
    ]);
  });
  it("lets a service be that is switched off", () =>
    expect(said("two-hosts", { placements: [] })).toEqual([]));
});

describe("health-check and memory-limit", () => {
  it("want what has no default", () => {
    expect(said("health-check", { healthCheck: { path: "/" } })).toHaveLength(1);
    expect(said("memory-limit", { resources: {} })).toHaveLength(1);
  });
});

describe("no-plain-secret", () => {
  const suspected = (name: string, value: string) => said("no-plain-secret", { env: { [name]: value } });

  it.each([
    ["DATABASE_PASSWORD", "hunter2"],
    ["password", "x"],
    ["API_TOKEN", "abc"],
    ["SIGNING_KEY_2", "abc"],
    ["AWS_SECRET_ACCESS_KEY", "abc"],
    ["DATABASE_URL", "postgres://shop:hunter2@db/shop"],
    ["DEPLOY", `ghp_${"a".repeat(36)}`],
    ["ID", `AKIA${"A".repeat(16)}`],
    ["CERTIFICATE", "-----BEGIN RSA PRIVATE KEY-----\nabc"],
    ["SESSION", "eyJhbGciOi.eyJzdWIiOi.abc-_1"],
  ])("suspects %s=%s, and does not repeat the value", (name, value) => {
    const [violation = "", ...more] = suspected(name, value);
    expect(violation).toMatch(new RegExp(`^env\\.${name}: looks like a secret`));
    expect(violation).not.toContain(value.length > 3 ? value : "=");
    expect(more).toEqual([]);
  });

  it.each([
    ["LOG_LEVEL", "info"],
    ["TOKEN", ""],
    ["TOKEN_TTL", "3600"],
    ["DB_PASSWORD_FILE", "/run/secrets/db"],
    ["API_SECRET", "/run/secrets/api"],
    ["USE_TOKEN", "true"],
    ["PASSWORD_MIN_LENGTH", "12"],
    ["DATABASE_URL", "postgres://db.internal/shop"],
    ["PUBLIC_KEY", "abc"],
    ["MONKEY", "abc"],
  ])("lets %s=%s be", (name, value) => {
    expect(suspected(name, value)).toEqual([]);
  });
});
