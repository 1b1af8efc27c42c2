import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { killHost, startHost } from "../../tools/lab/lab.ts";
import { blocksOf } from "../support/documentation.ts";
import { everyFault } from "../support/everyFault.ts";
import { figure, seconds } from "../support/figures.ts";
import { firstDeployment, Reader } from "../support/reader.ts";
import { canServeSsh } from "../support/sshHost.ts";

/** Everything that docs/day-two.md says, over SSH and in its order: five minutes. */
describe.runIf(everyFault && canServeSsh)("day two", () => {
  const { steps, end } = firstDeployment();
  let reader: Reader;

  beforeAll(async () => {
    reader = await Reader.begin();
    for (const block of steps) await reader.follow(block);
  });

  afterAll(() => reader[Symbol.asyncDispose]());

  /** What happens to the machines before a block of commands, by the block's first command. */
  const before: Record<string, () => Promise<void>> = {
    "handover lost": async () => {
      await killHost(reader.second);
      const began = performance.now();
      await expect(reader.operator.type("pulumi up --yes")).rejects.toThrow(
        /host h2: its Docker Engine .* does not answer[^]*hosts\.h2\.state lost/,
      );
      const took = performance.now() - began;
      figure("a host without power, over SSH", { "update refused after": seconds(took) });
      expect(took).toBeLessThan(60_000);
    },
    "handover back h2 --yes # clears": async () => {
      await startHost(reader.second);
      await reader.startServer(reader.second, { isNew: false });
    },
    "pulumi cancel": () => reader.operator.kill("pulumi up --yes"),
  };

  test.each(blocksOf("docs/day-two.md"))("$page:$line", async (block) => {
    const commands = block.text.replaceAll(/ +/g, " ");
    for (const [start, happens] of Object.entries(before)) if (commands.startsWith(start)) await happens();
    await reader.follow(block);
  });

  test("at the end all is as the stack wants it", async () => {
    expect(await reader.operator.type("handover status")).not.toContain("difference");
  });

  test.each(end)("$page:$line", (block) => reader.follow(block));
});
