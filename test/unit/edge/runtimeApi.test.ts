import { describe, expect, it } from "vitest";
import { RuntimeApi } from "../../../components/edge/runtimeApi.ts";

/** An API whose relay answers with the same text each time. */
function answering(answer: string) {
  const asked: string[] = [];
  const relay = { request: async (_: string, body = "") => (asked.push(body), answer) };
  return { api: new RuntimeApi(relay, "h1"), asked };
}

describe("the runtime API", () => {
  it("asks for severities and joins commands with nothing empty between them", async () => {
    const { api, asked } = answering("\n\n\n");
    await api.run(["enable health service_web/a:80", "set server service_web/a:80 state ready"]);
    expect(asked).toEqual([
      "set severity-output number;enable health service_web/a:80;set server service_web/a:80 state ready",
    ]);
  });

  it("asks nothing where there is nothing to run", async () => {
    const { api, asked } = answering("");
    await api.run([]);
    expect(asked).toEqual([]);
  });

  it("keeps the order, in calls that HAProxy has room for", async () => {
    const { api, asked } = answering("");
    const commands = Array.from(
      { length: 500 },
      (_, index) => `set server service_web/web-h1-${index}:8080 state ready`,
    );
    await api.run(commands);
    expect(asked.length).toBeGreaterThan(2);
    for (const call of asked) expect(call.length).toBeLessThan(10_000);
    expect(asked.flatMap((call) => call.split(";").slice(1))).toEqual(commands);
  });

  it.each([
    ["[3]: No such server.", "No such server."],
    ["\n\n[3]: unknown keyword 'bogus'.\n", "unknown keyword 'bogus'."],
    [
      "[4]: Invalid addr '300.0.0.1' by 'stats socket command'",
      "Invalid addr '300.0.0.1' by 'stats socket command'",
    ],
    [
      "Unknown command: 'bogus', but maybe one of the following ones is a better match:",
      "Unknown command: 'bogus'",
    ],
  ])("reports %j", async (answer, words) => {
    const { api } = answering(answer);
    await expect(api.run(["del server service_web/a:80"])).rejects.toThrow(words);
    await expect(api.run(["del server service_web/a:80"])).rejects.toThrow("edge on h1: HAProxy refused");
    expect(await api.attempt("x")).toContain(words);
  });

  it.each([
    "\n\n",
    "[5]: New server registered.\n",
    "[6]: Server deleted.\n",
    "[4]: no need to change the addr, port changed from '1' to '99' by 'stats socket command'",
    "[4]: IP changed from '127.0.0.1' to '127.0.0.2', port changed from '1' to '2' by 'stats socket command'",
    "[4]: no need to change the addr, no need to change the port by 'stats socket command'",
    "[4]: nothing changed",
  ])("takes %j for a success", async (answer) => {
    expect(await answering(answer).api.attempt("x")).toBeUndefined();
  });
});
