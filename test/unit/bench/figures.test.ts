import { expect, test } from "vitest";
import { quantile } from "../../../cli/quantile.ts";
import { median } from "../../../tools/bench/figures.ts";

test("a quantile is a value that was seen, whatever the order", () => {
  const values = Array.from({ length: 100 }, (_, index) => 100 - index);
  expect(quantile(values, 0.99)).toBe(99);
  expect(quantile(values, 1)).toBe(100);
  expect(median(values)).toBe(50);
  expect(median([3, 1, 2])).toBe(2);
  expect(quantile([7], 0)).toBe(7);
  expect(median([])).toBeNaN();
});
