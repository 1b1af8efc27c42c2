import { expect, test } from "vitest";
import { averageTime, Counting } from "../../../cli/dashboard/counting.ts";
import { server } from "../cli/stackDouble.ts";

const at = (requests: number, ...servers: ReturnType<typeof server>[]) => ({
  servers,
  counters: { requests, answers: requests, failures: requests / 10, pending: 0 },
});

test("what was counted between two answers, of the service and of each replica", () => {
  const counting = new Counting();
  expect(
    counting.next(1_000, at(100, server("a:8080", { requests: 100, answers: 99, errors: 1 }))),
  ).toBeUndefined();
  expect(
    counting.next(
      2_000,
      at(150, server("a:8080", { requests: 150, answers: 150, errors: 4, responseTime: 7 })),
    ),
  ).toEqual({
    from: 1_000,
    to: 2_000,
    requests: 50,
    failures: 5,
    replicas: { a: { requests: 50, answers: 51, errors: 3, responseTime: 7 } },
  });
});

test("a replica that comes counts from nothing; one that is added again, too", () => {
  const counting = new Counting();
  counting.next(1_000, at(100, server("a:8080", { requests: 100 })));
  const counted = counting.next(
    2_000,
    at(110, server("a:8080", { requests: 4 }), server("b:8080", { requests: 6 })),
  );
  expect(counted?.replicas).toMatchObject({ a: { requests: 4 }, b: { requests: 6 } });
});

test("an edge that was started again counts from nothing", () => {
  const counting = new Counting();
  counting.next(1_000, at(1_000));
  expect(counting.next(2_000, at(30))).toMatchObject({ requests: 30, failures: 3 });
});

test("what an edge counted while it did not answer belongs to no moment", () => {
  const counting = new Counting();
  counting.next(1_000, at(100));
  counting.forget();
  expect(counting.next(9_000, at(900))).toBeUndefined();
});

test("the time to answer is that of the replicas that have answered", () => {
  expect(averageTime([{ answers: 0, responseTime: 900 }])).toBeNull();
  expect(
    averageTime([
      { answers: 30, responseTime: 10 },
      { answers: 10, responseTime: 50 },
      { answers: 0, responseTime: 900 },
    ]),
  ).toBe(20);
});
