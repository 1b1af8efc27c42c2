import { run } from "./run.js";

await run("components/host/anchorMain");
