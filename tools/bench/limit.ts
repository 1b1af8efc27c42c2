import { execa } from "execa";
import type { HostArgs } from "../../components/types.ts";
import { until } from "../../components/until.ts";

const port = 9081;

/**
 * What no tool can be faster than: on every host at once `docker run` of the new image, and the slowest one's time from
 * the command to its first healthy answer, in seconds. The one switch that then follows takes milliseconds.
 */
export async function physicalLimit(hosts: Record<string, HostArgs>, warmup: string): Promise<number> {
  const began = performance.now();
  const took = await Promise.all(
    Object.values(hosts).map(async ({ docker: endpoint = "", address }) => {
      const docker = (...command: string[]) => execa("docker", ["-H", endpoint, ...command]);
      const { stdout: container } = await docker(
        ...["run", "--detach", "--env", `WARMUP=${warmup}`, "--publish", `${address}:${port}:8080`],
        "handover-example:v2",
      );
      try {
        const healthy = async () =>
          (await fetch(`http://${address}:${port}/healthz`).catch(() => undefined))?.ok ?? false;
        if (!(await until(healthy, { within: 60_000, every: 20 })))
          throw new Error(`${address}: a container by itself is not healthy within a minute`);
        return performance.now() - began;
      } finally {
        await docker("rm", "--force", container);
      }
    }),
  );
  return Math.max(...took) / 1000;
}
