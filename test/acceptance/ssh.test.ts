import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { firstDeployment, Reader } from "../support/reader.ts";
import { canServeSsh } from "../support/sshHost.ts";
import { sharedStack } from "../support/sharedStack.ts";

/** Everything that docs/first-deployment.md says, in its order. */
describe.runIf(canServeSsh)("a first deployment", () => {
  const { steps, end } = firstDeployment();

  let reader: Reader;

  beforeAll(async () => {
    // The hosts are new to the reader: what the other tests have deployed there would hold the ports.
    await (await sharedStack()).destroy();
    reader = await Reader.begin();
  });

  afterAll(() => reader[Symbol.asyncDispose]());

  test.each(steps)("$page:$line", (block) => reader.follow(block));

  test("doctor finds the hosts ready, and the connections shared", () => {
    const doctor = reader.saidBy("pulumi stack init prod");
    expect(doctor).toMatch(/host h2 ssh +ok +connections are shared/);
    expect(doctor).toMatch(/host h2 port 7080 +ok +free for the gateway/);
  });

  test("it serves, and a release takes over", () => {
    const output = reader.saidBy("pulumi up --yes");
    expect(output).toContain("4 new replicas in");
    expect(output).toContain('"version":"v1"');
    expect(output).toMatch(/handover-example:v2 serves, from 4 of 4 replicas/);
  });

  test.each(end)("$page:$line", (block) => reader.follow(block));
});
