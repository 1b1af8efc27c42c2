import { afterAll, beforeAll, expect, test } from "vitest";
import { EdgeUnderTest } from "./edgeUnderTest.ts";

let edge: EdgeUnderTest;

beforeAll(async () => {
  edge = await EdgeUnderTest.start();
});

afterAll(() => edge.remove());

test("two rollouts of one service come one after the other, and those of two services at once", async () => {
  const said: string[] = [];
  const first = await edge.open("web");
  const second = await edge.open("web");
  const other = await edge.open("api");
  await first.claim(() => said.push("first waits"));
  await other.claim(() => said.push("other waits"));
  const claimed = second
    .claim(() => {
      said.push("second waits", "first ends");
      void first.close();
    })
    .then(() => said.push("second begins"));
  await claimed;
  expect(said).toEqual(["second waits", "first ends", "second begins"]);
});

test("a service of another stack is refused, and one that a stack had before it had an owner is not", async () => {
  const backend = { routes: [{}], healthCheck: { path: "/healthz", interval: 1000, timeout: 1000 } };
  const before = await edge.open("shared");
  await before.claim(() => {});
  await before.declare(backend);
  await before.close();
  const first = await edge.open("shared", "acme/shop");
  await first.claim(() => {});
  await first.declare(backend);
  expect((await first.committed())?.owner).toBe("acme/shop");
  await first.close();
  // A first deployment that failed has left no server, and its stack knows nothing of it.
  const other = await edge.open("shared", "acme/other");
  await other.claim(() => {});
  await other.close();
  const served = await edge.open("shared", "acme/shop");
  await served.claim(() => {});
  await served.commit(backend, [edge.server("shared-h1:80")]);
  await served.close();
  const second = await edge.open("shared", "acme/api");
  await expect(second.claim(() => {})).rejects.toThrow(
    /it serves shared for the stack acme\/shop; give the service of acme\/api another name/,
  );
  await second.close();
  const again = await edge.open("shared", "acme/shop");
  await again.claim(() => {});
  await again.retire(0);
});
