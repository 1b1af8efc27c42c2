import type { Edge } from "../edge/edge.ts";
import type { RolloutTools } from "./tools.ts";

/** How often one rollout goes on after an edge was restarted under it. */
const mostResumptions = 2;

/**
 * Does something again that failed because an edge was restarted, or the connection to its host was cut, as soon as the
 * edge answers again. What is done must begin from what the edges have.
 * @throws the first failure when the edge does not come back, and any other failure
 */
export async function resuming<T>(
  { document, edges, say, stop }: Pick<RolloutTools, "document" | "edges" | "say" | "stop">,
  act: () => Promise<T>,
): Promise<T> {
  for (let left = mostResumptions; ; left--) {
    try {
      return await act();
    } catch (error) {
      if (left === 0 || stop.aborted || !(await resumed(edges))) throw error;
      say(`${document.service}: ${(error as Error).message}; it is there again, the rollout goes on`);
    }
  }
}

/** Begins again with the edges whose conversation was cut. @returns whether there were any, and all of them are back */
export async function resumed(edges: Edge[]): Promise<boolean> {
  const outcomes = await Promise.allSettled(edges.map((edge) => edge.resume()));
  return (
    outcomes.every(({ status }) => status === "fulfilled") &&
    outcomes.some((outcome) => outcome.status === "fulfilled" && outcome.value)
  );
}
