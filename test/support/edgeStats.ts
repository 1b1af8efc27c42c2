import { until } from "../../components/until.ts";

/** What an edge's statistics page says of a server. */
export interface EdgeServer {
  service: string;
  /** `<container>:<port>` */
  name: string;
  /** `UP`, `DOWN`, `DRAIN`, `MAINT`, ... */
  status: string;
}

/** Every server that an edge has, asked where an operator would look. */
export async function edgeServers(address: string): Promise<EdgeServer[]> {
  const response = await fetch(`http://${address}:8404/;csv`, { signal: AbortSignal.timeout(5_000) });
  const [header = "", ...lines] = (await response.text()).split("\n").filter(Boolean);
  const columns = header.replace(/^# /, "").split(",");
  return lines.flatMap((line) => {
    const row = Object.fromEntries(line.split(",").map((value, index) => [columns[index] ?? "", value]));
    if (!row.pxname?.startsWith("service_") || row.svname === "BACKEND") return [];
    return [
      { service: row.pxname.slice("service_".length), name: row.svname ?? "", status: row.status ?? "" },
    ];
  });
}

/**
 * Waits until a condition holds for an edge's servers.
 * @returns how long it took, in milliseconds
 */
export async function untilEdge(
  address: string,
  condition: (servers: EdgeServer[]) => boolean,
  { what, within = 30_000 }: { what: string; within?: number },
): Promise<number> {
  const start = performance.now();
  let seen: EdgeServer[] = [];
  const met = await until(
    async () => {
      seen = await edgeServers(address);
      return condition(seen);
    },
    { within, every: 20 },
  );
  if (!met) {
    const servers = seen.map(({ name, status }) => `${name} ${status}`).join(", ");
    throw new Error(`not seen within ${within / 1000} s: ${what}; the edge has ${servers}`);
  }
  return performance.now() - start;
}
