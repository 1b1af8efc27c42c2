/** Waits. */
export function pause(milliseconds: number): Promise<void> {
  return new Promise((resolve) => setTimeout(resolve, milliseconds));
}

/**
 * Looks again and again until there is something to see.
 * @returns what was seen, or `undefined` when the time was over
 */
export async function until<T>(
  look: () => Promise<T | undefined | false>,
  { within, every = 100 }: { within: number; every?: number },
): Promise<T | undefined> {
  const deadline = Date.now() + within;
  for (;;) {
    const seen = await look();
    if (seen !== undefined && seen !== false) return seen;
    if (Date.now() >= deadline) return undefined;
    await pause(every);
  }
}
