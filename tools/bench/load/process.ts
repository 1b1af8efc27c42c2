import { drive } from "./drive.ts";
import type { LoadPlan } from "./types.ts";

let stop = new AbortController();

process.on("message", async (message: LoadPlan | "stop") => {
  if (message === "stop") return stop.abort();
  stop = new AbortController();
  process.send?.(await drive(message, stop.signal));
});

process.on("disconnect", () => process.exit());
