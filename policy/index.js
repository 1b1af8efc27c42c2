import { run } from "../bin/run.js";

// Pulumi loads it with require(), which does not wait.
void run("policy/pack");
