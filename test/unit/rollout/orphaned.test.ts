import { spawn } from "node:child_process";
import { once } from "node:events";
import { expect, it } from "vitest";

it("a program notices that the one that started it was killed", async () => {
  const module = new URL("../../../components/rollout/orphaned.ts", import.meta.url).href;
  const program = `
    const { whenOrphaned } = await import(${JSON.stringify(module)});
    whenOrphaned(() => { console.log("alone"); process.exit(); });
    setTimeout(() => {}, 60_000);
    console.log("runs");`;
  const starter = `
    require("node:child_process").spawn(process.execPath, ["--input-type=module", "-e", process.argv[1]], { stdio: "inherit" });
    setTimeout(() => {}, 60_000);`;
  const parent = spawn(process.execPath, ["-e", starter, program], { stdio: ["ignore", "pipe", "inherit"] });
  const [first] = (await once(parent.stdout, "data")) as [Buffer];
  expect(first.toString()).toBe("runs\n");
  parent.kill("SIGKILL");
  const [second] = (await once(parent.stdout, "data")) as [Buffer];
  expect(second.toString()).toBe("alone\n");
});
