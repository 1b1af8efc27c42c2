import { fileURLToPath } from "node:url";
import { load } from "../bin/run.js";

// Without a wait at the top: Pulumi loads this with require().
void load("components/provider").then(({ serve }) =>
  serve(
    fileURLToPath(new URL("..", import.meta.url)),
    fileURLToPath(new URL("schema.json", import.meta.url)),
  ),
);
