import { deal } from "./deal.ts";
import { eligibleHosts, PlacementError, type PlacementHost, type PlacementRequest } from "./eligible.ts";
import { inOrderFor } from "./order.ts";

export { PlacementError, type PlacementHost, type PlacementRequest };

/** One replica: the how-many-th of its service on which host. That is its identity; everything else may change. */
export interface Placement {
  /** `web-h3` for the first replica of `web` on `h3`, `web-h3-2` for the second. */
  name: string;
  host: string;
  /** From 1 on. */
  ordinal: number;
}

/**
 * Decides where the replicas of a service run. The same request has the same answer whatever the order of its hosts,
 * sorted by host and ordinal.
 *
 * - Zones first: the numbers of replicas in two zones differ by at most one, as far as `maxPerHost` leaves room.
 *   Hosts without the label `zone` are one zone together.
 * - Then hosts: the numbers on two eligible hosts of one zone differ by at most one.
 * - Which zones and hosts get one more than others differs from service to service, and does not change.
 * - One replica more adds one and moves none. A host that goes away, or is drained or lost, moves only what ran on it;
 *   one that comes takes its share from the others, and nothing else moves.
 *
 * @throws PlacementError when no host is eligible or when `maxPerHost` leaves too little room
 */
export function place(request: PlacementRequest): Placement[] {
  const { service, replicas, maxPerHost = Infinity } = request;
  if (replicas === 0) return [];
  const zones = Map.groupBy(eligibleHosts(request), ({ zone }) => zone);
  const zoneNames = inOrderFor(service, "zone", [...zones.keys()]);
  const perZone = deal(
    replicas,
    zoneNames.map((zone) => maxPerHost * (zones.get(zone)?.length ?? 0)),
  );
  return zoneNames
    .flatMap((zone, index) => {
      const names = (zones.get(zone) ?? []).map(({ name }) => name);
      return onHosts(service, perZone[index] ?? 0, inOrderFor(service, "host", names));
    })
    .sort((a, b) => byNameAndNumber.compare(a.host, b.host) || a.ordinal - b.ordinal);
}

/** The replica's logical name. */
export function replicaName(service: string, host: string, ordinal: number): string {
  return ordinal === 1 ? `${service}-${host}` : `${service}-${host}-${ordinal}`;
}

function onHosts(service: string, replicas: number, hosts: string[]): Placement[] {
  const perHost = deal(
    replicas,
    hosts.map(() => Infinity),
  );
  return hosts.flatMap((host, index) =>
    Array.from({ length: perHost[index] ?? 0 }, (_, before) => ({
      name: replicaName(service, host, before + 1),
      host,
      ordinal: before + 1,
    })),
  );
}

/** `h2` before `h10`. */
const byNameAndNumber = new Intl.Collator("en", { numeric: true });
