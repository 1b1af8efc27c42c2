import { run } from "./run.js";

await run("components/edge/edgeCheckMain");
