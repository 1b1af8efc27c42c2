const looksEvery = 250;

/**
 * Calls `act` once when the process that started this one is gone: it was killed, and nobody listens any more. Does not
 * keep this process from ending.
 */
export function whenOrphaned(act: () => void): void {
  const parent = process.ppid;
  const timer = setInterval(() => {
    if (process.ppid === parent) return;
    clearInterval(timer);
    act();
  }, looksEvery).unref();
}
