import { expect, test } from "vitest";
import { outcomeOf } from "../../../cli/imageChange.ts";

test.each([
  ["released", { succeeded: true, ran: true, rolledOut: true, moved: true }],
  ["unchanged", { succeeded: true, ran: true, rolledOut: true, moved: false }],
  ["not-run", { succeeded: false, ran: false, rolledOut: false, moved: false }],
  // Nobody said yes to releasing what serves already.
  ["not-run", { succeeded: false, ran: false, rolledOut: true, moved: false }],
  ["failed", { succeeded: false, ran: true, rolledOut: false, moved: false }],
  // The traffic has moved: what fails after that does not bring the old image back.
  ["failed-after-the-move", { succeeded: false, ran: true, rolledOut: true, moved: true }],
])("%s: %j", (outcome, end) => {
  expect(outcomeOf(end)).toBe(outcome);
});
