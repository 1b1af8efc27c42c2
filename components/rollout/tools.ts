import type { Edge } from "../edge/edge.ts";
import type { Containers } from "./containers.ts";
import type { RolloutDocument } from "./document.ts";

/** What a rollout works with. */
export interface RolloutTools {
  document: RolloutDocument;
  edges: Edge[];
  containers: Containers;
  /** Tells a person, one line each. */
  say(line: string): void;
  /**
   * Aborted when the operator wants to stop. Until the new replicas have proved themselves the way out is back; after
   * that what is left of the drain is left to the next run.
   */
  stop: AbortSignal;
}
