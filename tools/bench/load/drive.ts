import { setTimeout as pause } from "node:timers/promises";
import { now } from "../../../test/support/load/types.ts";
import { sendersOf, type Sender } from "./senders.ts";
import type { LoadPlan, LoadResult } from "./types.ts";

/**
 * Carries out a plan. Every sender's first request, which opens its connection, is not measured.
 * @param stop ends it before its time
 */
export async function drive(plan: LoadPlan, stop: AbortSignal): Promise<LoadResult> {
  const senders = await sendersOf(plan);
  await Promise.all(senders.map((sender) => sender.send()));
  const { rate, time = Infinity } = plan;
  const result: LoadResult = { elapsed: 0, starts: [], took: [], failed: 0 };
  const began = now();
  const repeat = async (sender: Sender, index: number) => {
    for (let turn = 0; ; turn++) {
      // The senders take turns, so that requests come evenly.
      const due = rate ? began + ((turn * senders.length + index) / rate) * 1000 : now();
      if (due >= began + time || stop.aborted) return;
      if (due > now()) await pause(due - now());
      const start = now();
      try {
        await sender.send();
        result.starts.push(start);
        result.took.push(now() - start);
      } catch (error) {
        result.failed++;
        result.example ??= (error as Error).message;
      }
    }
  };
  await Promise.all(senders.map(repeat));
  result.elapsed = now() - began;
  for (const sender of senders) sender.close();
  return result;
}
