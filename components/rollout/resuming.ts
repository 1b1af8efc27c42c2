import { EdgeError } from "../edge/edgeError.ts";
import { onEach } from "./onEach.ts";
import type { RolloutTools } from "./tools.ts";

/** How often one rollout goes on after an edge was restarted under it. */
const mostResumptions = 2;

/**
 * Does something again that failed because an edge was restarted, or the connection to its host was cut, as soon as the
 * edge answers again. What is done must begin from what the edges have.
 * @throws EdgeError that says why an edge does not come back, and any other failure as it is
 */
export async function resuming<T>(
  { document, edges, say, stop }: Pick<RolloutTools, "document" | "edges" | "say" | "stop">,
  act: () => Promise<T>,
): Promise<T> {
  for (let left = mostResumptions; ; left--) {
    try {
      return await act();
    } catch (error) {
      if (left === 0 || stop.aborted || !(error instanceof EdgeError)) throw error;
      const wereCut = await onEach(edges, (edge) => edge.resume());
      if (!wereCut.includes(true)) throw error;
      say(`${document.service}: ${error.message}; it is there again, the rollout goes on`);
    }
  }
}
