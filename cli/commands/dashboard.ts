import { once } from "node:events";
import { Live } from "../dashboard/live.ts";
import { serveDashboard } from "../dashboard/server.ts";
import { exitCode } from "../exit.ts";
import { print } from "../output.ts";
import { Stack, type StackOptions } from "../stack.ts";
import { wantedOf } from "./status.ts";

export interface DashboardOptions extends StackOptions {
  port: number;
}

/** Serves the page until it is interrupted. */
export async function dashboard({ port, ...options }: DashboardOptions): Promise<number> {
  const stack = await Stack.open(options);
  const live = await Live.start(() => wantedOf(stack));
  try {
    const server = await serveDashboard(live, { port });
    print(
      `${stack.project}/${stack.name}: ${server.url}`,
      "It only shows, and only on this machine. Ctrl-C ends it.",
    );
    const ended = new AbortController();
    await Promise.race(
      ["SIGINT", "SIGTERM"].map((signal) => once(process, signal, { signal: ended.signal })),
    );
    ended.abort();
    await server.close();
    return exitCode.ok;
  } finally {
    live.stop();
  }
}
