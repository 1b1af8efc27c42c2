import { afterAll, expect, test } from "vitest";
import { bringBack } from "../../tools/chaos/bringBack.ts";
import { chaos } from "../../tools/chaos/chaos.ts";
import { figure } from "../support/figures.ts";
import { sharedStack } from "../support/sharedStack.ts";

/** A plan in which machines, programs and releases fail. `npm run chaos` goes on for as long as one likes. */
const seed = 63685;
const steps = 3;

/** A violation ends the run wherever it is: the next tests are to find every host as it was. */
afterAll(async () => {
  await bringBack(await sharedStack());
});

test(
  `what chance does to a service under load, seed ${seed}: users notice nothing, and nothing is left of it`,
  async () => {
    const stack = await sharedStack();
    const { violation, ...seen } = await chaos({
      stack,
      seed,
      goesOn: (done) => done < steps,
      say: (line) => process.stdout.write(`  ${line}\n`),
    });
    figure("chaos", { ...seen });
    expect(violation).toBeUndefined();
  },
  10 * 60_000,
);
