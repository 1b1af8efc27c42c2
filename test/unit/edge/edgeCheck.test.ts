import { randomBytes } from "node:crypto";
import { execa } from "execa";
import { afterAll, beforeAll, expect, it } from "vitest";
import { baseConfig } from "../../../components/edge/baseConfig.ts";
import { checkEdge, type EdgeCheckDocument } from "../../../components/edge/edgeCheck.ts";
import { docker, haproxyImage } from "../../support/edgeContainer.ts";

const volume = `handover-test-${randomBytes(4).toString("hex")}`;
const good: EdgeCheckDocument = {
  host: "h1",
  docker,
  image: haproxyImage,
  baseConfig: baseConfig({ port: 80, statsPort: 8404, statsAddress: "127.0.0.1" }),
  volume,
};

/** Puts a set of files into the volume, as a rollout commits them. */
async function commit(files: Record<string, string>): Promise<void> {
  const script = [
    "cd /state && rm -rf sets current && mkdir -p sets/0 && ln -s sets/0 current",
    ...Object.entries(files).map(([name, text]) => `printf '${text}' >current/${name}`),
  ].join("\n");
  const run = ["run", "--rm", "--user", "0", "--volume", `${volume}:/state`, "--entrypoint", "sh"];
  await execa("docker", ["-H", docker, ...run, haproxyImage, "-c", script]);
}

beforeAll(() => execa("docker", ["-H", docker, "volume", "create", volume]));
afterAll(() => execa("docker", ["-H", docker, "volume", "rm", "--force", volume]));

it("lets a first edge begin, and one that takes the place of another", async () => {
  await checkEdge(good);
  await commit({ "routes.map": "", "web.cfg": "backend service_web\\n" });
  await checkEdge(good);
});

it("refuses a configuration that HAProxy refuses, in its words, and an edge's host", async () => {
  const refused = checkEdge({ ...good, baseConfig: `${good.baseConfig}\nfrontend x\n  bogus y\n` });
  await expect(refused).rejects.toThrow(
    /^edge on h1: an edge with image \S+ would not begin, so nothing was replaced: .*unknown keyword 'bogus'/s,
  );
});

it("refuses what only does not fit with what is committed", async () => {
  await commit({ "routes.map": "", "web.cfg": "backend service_web\\n  bogus x\\n" });
  await expect(checkEdge(good)).rejects.toThrow(/unknown keyword 'bogus'/);
});

it("refuses an image that has none of what an edge needs", async () => {
  await expect(checkEdge({ ...good, image: "handover-example:v1" })).rejects.toThrow(
    /image handover-example:v1/,
  );
});
