/** How many of them each host has, in the order in which the hosts are met. */
export function perHost(replicas: readonly { host: string }[]): Map<string, number> {
  const numbers = new Map<string, number>();
  for (const { host } of replicas) numbers.set(host, (numbers.get(host) ?? 0) + 1);
  return numbers;
}

/** `h1 (2), h2` */
export function onHosts(numbers: ReadonlyMap<string, number>): string {
  return [...numbers].map(([host, number]) => (number > 1 ? `${host} (${number})` : host)).join(", ");
}
