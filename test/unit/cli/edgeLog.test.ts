import { expect, test } from "vitest";
import { percentilesIn } from "../../../cli/edgeLog.ts";

const request = (server: string, ms_response: number) =>
  JSON.stringify({ time: "2026-11-27T21:00:00Z", status: 200, ms_response, backend: "service_web", server });

test("of a hundred answers, the 95th; each server's own", () => {
  const log = [
    ...Array.from({ length: 100 }, (_, index) => request("web-h1-aaaaaaa:8080", 100 - index)),
    request("web-h2-bbbbbbb:8080", 7),
  ];
  expect([...percentilesIn(log.join("\n"))]).toEqual([
    ["service_web/web-h1-aaaaaaa:8080", 95],
    ["service_web/web-h2-bbbbbbb:8080", 7],
  ]);
});

test("what got no answer, and what is no request, counts for nothing", () => {
  const log = [
    "[NOTICE] (1) : New worker (8) forked",
    "{not JSON",
    request("web-h1-aaaaaaa:8080", -1),
    "null",
    "",
  ];
  expect(percentilesIn(log.join("\n")).size).toBe(0);
});
