import type { Told } from "../../cli/picture/recording.ts";
import type { RolloutReport } from "../../components/rollout/report.ts";

/** When the steps of a rollout were that moved traffic: its report says how long each took, and when it had moved. */
export function toldBy({ movedAt, phases }: RolloutReport): Told {
  const moved = movedAt === null ? NaN : Date.parse(movedAt);
  const before = (["declare", "stage", "healthy", "shift"] as const).reduce(
    (sum, phase) => sum + (phases[phase] ?? 0),
    0,
  );
  return { began: moved - before, took: phases, movedAt: moved, end: "moved", phase: "clean", since: moved };
}
