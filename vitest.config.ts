import { defineConfig } from "vitest/config";
import { OrderOfNames } from "./test/support/order.ts";

const minute = 60_000;

export default defineConfig({
  test: {
    sequence: { sequencer: OrderOfNames },
    // Most unit tests wait for another program most of their time.
    maxWorkers: 4,
    projects: [
      {
        test: {
          name: "unit",
          include: ["test/unit/**/*.test.ts"],
          testTimeout: 15_000,
        },
      },
      {
        test: {
          // The same, with everything that can fail: see test/faults.
          name: "faults",
          include: ["test/faults/**/*.test.ts"],
          globalSetup: "test/support/acceptanceSetup.ts",
          fileParallelism: false,
          testTimeout: 5 * minute,
          hookTimeout: 10 * minute,
        },
      },
      {
        test: {
          // The real engine and real daemons: there is one lab on a machine, so one file after the other.
          name: "acceptance",
          include: ["test/acceptance/**/*.test.ts"],
          globalSetup: "test/support/acceptanceSetup.ts",
          fileParallelism: false,
          testTimeout: 10 * minute,
          hookTimeout: 10 * minute,
        },
      },
    ],
  },
});
