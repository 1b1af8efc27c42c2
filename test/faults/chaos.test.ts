import { afterAll, expect, inject, test } from "vitest";
import { chaos } from "../../tools/chaos/chaos.ts";
import { labHosts } from "../../tools/lab/hosts.ts";
import { labUp } from "../../tools/lab/lab.ts";
import { mendLink } from "../../tools/lab/link.ts";
import { figure } from "../support/figures.ts";
import { TestStack } from "../support/stack.ts";

/** A plan in which machines, programs and releases fail. `npm run chaos` goes on for as long as one likes. */
const seed = 63685;
const steps = 3;

/** A violation ends the run wherever it is: the next tests are to find every host as it was. */
afterAll(async () => {
  await labUp();
  await Promise.all(labHosts.map(mendLink));
  const stack = await TestStack.open(inject("stack"));
  const { hosts } = await stack.config();
  const active = Object.entries(hosts).map(([name, host]) => [name, { ...host, state: "active" }]);
  await stack.configure({ hosts: Object.fromEntries(active) });
});

test(
  `what chance does to a service under load, seed ${seed}: users notice nothing, and nothing is left of it`,
  async () => {
    const stack = await TestStack.open(inject("stack"));
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
