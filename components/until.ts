/** Waits. */
export function pause(milliseconds: number): Promise<void> {
  return new Promise((resolve) => setTimeout(resolve, milliseconds));
}

/**
 * Looks again and again until there is something to see, and at least once.
 * @returns what was seen, or `undefined` when the time was over or nobody wants to wait any longer
 */
export async function until<T>(
  look: () => Promise<T | undefined | false>,
  { within, every = 100, stop }: { within: number; every?: number; stop?: AbortSignal },
): Promise<T | undefined> {
  const deadline = Date.now() + within;
  for (;;) {
    const seen = await look();
    if (seen !== undefined && seen !== false) return seen;
    if (Date.now() >= deadline || stop?.aborted) return undefined;
    await pause(every);
  }
}
