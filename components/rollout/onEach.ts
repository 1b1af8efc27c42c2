import type { Edge } from "../edge/edge.ts";

/** All edges at the same moment. @throws the first edge's error, once all of them have come to an end */
export async function onEach<T>(edges: Edge[], act: (edge: Edge) => Promise<T>): Promise<T[]> {
  return allOf(edges.map(act));
}

/**
 * Waits for all of them, so that nothing goes on behind the back of whoever undoes what was done.
 * @throws the first error among them
 */
export async function allOf<T>(pending: Promise<T>[]): Promise<T[]> {
  const outcomes = await Promise.allSettled(pending);
  return outcomes.map((outcome) => {
    if (outcome.status === "rejected") throw outcome.reason;
    return outcome.value;
  });
}
