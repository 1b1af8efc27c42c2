import { run } from "./run.js";

await run("components/rollout/main");
