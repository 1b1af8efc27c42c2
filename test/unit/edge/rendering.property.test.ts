import fc from "fast-check";
import { describe, expect, it } from "vitest";
import {
  committedServices,
  renderSet,
  type CommittedServices,
} from "../../../components/edge/committedSet.ts";
import { checkPath, routeHost, routePath } from "../../../components/edge/names.ts";
import { serviceSchema } from "../../../components/config/service.ts";
import { hostile } from "./hostile.ts";

/**
 * Whatever stands in a document that an edge is given, what HAProxy reads has the lines that it has for harmless values,
 * and in each of them the same words: or else it is refused.
 */

const mostly = (harmless: fc.Arbitrary<string>) =>
  fc.oneof(
    { weight: 8, arbitrary: harmless },
    { weight: 1, arbitrary: hostile },
    { weight: 1, arbitrary: fc.string() },
  );
const word = mostly(fc.stringMatching(/^[a-z][a-z0-9]{0,8}$/));
const path = mostly(fc.stringMatching(/^\/[\w./~@:+=-]{0,12}$/));

const server = fc.record({
  name: fc.tuple(word, fc.integer({ min: 1, max: 65_535 })).map(([name, port]) => `${name}:${port}`),
  address: mostly(
    fc.tuple(fc.ipV4(), fc.integer({ min: 1, max: 65_535 })).map(([ip, port]) => `${ip}:${port}`),
  ),
  healthCheckPath: path,
});
const route = fc.record({ host: word, path }, { requiredKeys: [] });
const service = fc.record({
  backend: fc.record({
    routes: fc.array(route, { minLength: 1, maxLength: 3 }),
    healthCheck: fc.record({
      path,
      interval: fc.integer({ min: 1, max: 60_000 }),
      timeout: fc.integer({ min: 1, max: 60_000 }),
    }),
  }),
  servers: fc.array(server, { maxLength: 3 }),
});
// A plain object, whatever its keys are called.
const services = fc
  .array(fc.tuple(word, service), { minLength: 1, maxLength: 2 })
  .map((entries): CommittedServices => Object.fromEntries(entries));

/** The same services with nothing in them that anybody chose. */
function harmless(given: CommittedServices): CommittedServices {
  return Object.fromEntries(
    Object.entries(given).map(([, { backend, servers }], at) => [
      `s${at}`,
      {
        backend: { ...backend, routes: backend.routes.map(() => ({ host: "a.test", path: "/" })) },
        servers: servers.map((_, number) => ({
          name: `r${number}:80`,
          address: "10.0.0.1:80",
          healthCheckPath: "/",
        })),
      },
    ]),
  );
}

/** How many words each line has; to be compared in no order, because that of the services is that of their names. */
const shape = (text: string) => text.split("\n").map((line) => line.split(/\s+/).length);

describe("the files of an edge", () => {
  it("have no line and no word more than those of harmless values, whatever is asked for", () => {
    let rendered = 0;
    fc.assert(
      fc.property(services, (given) => {
        let files;
        try {
          files = renderSet(given, new Map());
        } catch (error) {
          expect((error as Error).message).toMatch(/^not a .* that an edge can have: "/);
          return;
        }
        rendered++;
        const plain = renderSet(harmless(given), new Map());
        const texts = (set: typeof files, kind: RegExp) =>
          [...set].filter(([name]) => kind.test(name)).map(([, text]) => text);
        for (const kind of [/\.cfg$/, /\.checks$/]) {
          expect(texts(files, kind).flatMap(shape).sort()).toEqual(texts(plain, kind).flatMap(shape).sort());
        }
        for (const text of texts(files, /\.(cfg|checks|map)$/)) expect(text).toMatch(/^[\n\x20-\x7e]*$/);
        for (const map of texts(files, /\.map$/)) expect(map).toMatch(/^(\S+ \S+\n)*$/);
        for (const name of files.keys()) expect(name).toMatch(/^[a-z][a-z0-9-]*\.(cfg|checks|map|json)$/);
        // What an edge begins with again is what it was given.
        expect(committedServices(files)).toEqual(JSON.parse(JSON.stringify(given)));
      }),
      { numRuns: 1_000 },
    );
    // Not by refusing everything.
    expect(rendered).toBeGreaterThan(100);
  });
});

describe("a service's configuration", () => {
  const text = fc.oneof(hostile, fc.string(), path, word);

  it("lets no text through that the edge's files would refuse", () => {
    const given = fc.record({
      image: fc.constant("registry.example.com/acme/web:1.4"),
      routes: fc.array(fc.record({ host: text, path: text }, { requiredKeys: [] }), {
        minLength: 1,
        maxLength: 2,
      }),
      healthCheck: fc.record({ path: text }),
    });
    fc.assert(
      fc.property(given, (settings) => {
        const { data } = serviceSchema.safeParse(settings);
        if (!data) return;
        for (const { host, path } of data.routes) {
          if (host !== undefined) expect(routeHost(host)).toBe(host);
          expect(routePath(path)).toBe(path);
        }
        expect(checkPath(data.healthCheck.path)).toBe(data.healthCheck.path);
      }),
      { numRuns: 2_000 },
    );
  });

  it("says of every hostile name, image, path and label which key it is", () => {
    const keys = [
      ["image"],
      ["healthCheck", "path"],
      ["routes", 0, "path"],
      ["routes", 0, "host"],
      ["placement", "constraints", "zone"],
      ["resources", "memory"],
      ["rollout", "drain"],
    ] as const;
    fc.assert(
      fc.property(fc.constantFrom(...keys), hostile, (key, evil) => {
        const { error } = serviceSchema.safeParse(nested(key, evil, { image: "acme/web:1" }));
        expect(error?.issues.map(({ path }) => path)).toContainEqual([...key]);
      }),
    );
  });

  it("leaves the values of variables and the words of a command as they are, whatever stands in them", () => {
    fc.assert(
      fc.property(
        fc.dictionary(fc.stringMatching(/^[A-Z_]{1,8}$/), hostile),
        fc.array(hostile, { minLength: 1 }),
        (env, command) => {
          const { data } = serviceSchema.safeParse({ image: "acme/web:1", env, command });
          const texts = [...Object.values(env), ...command];
          // No environment and no argument of any program can have a NUL.
          if (texts.some((each) => each.includes("\0"))) expect(data).toBeUndefined();
          else expect(data).toMatchObject({ env, command });
        },
      ),
    );
  });
});

function nested(key: readonly (string | number)[], value: unknown, around: object = {}): unknown {
  const [first, ...rest] = key;
  if (first === undefined) return value;
  return typeof first === "number" ? [nested(rest, value)] : { ...around, [first]: nested(rest, value) };
}
