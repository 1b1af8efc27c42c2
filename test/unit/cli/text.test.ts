import { expect, test } from "vitest";
import { ago, bytes, duration, list } from "../../../cli/format.ts";
import { logText, readLogLine } from "../../../cli/logLine.ts";
import { ownCommand, pulumiCommand } from "../../../cli/names.ts";
import { table } from "../../../cli/table.ts";

test("a table: columns under their headings, colours and wide letters take the width that they have", () => {
  expect(
    table(
      ["NAME", "N", "LAST"],
      [
        ["\x1b[32ma\x1b[39m", "10", "x"],
        ["日本", "1", ""],
      ],
    ),
  ).toEqual(["NAME  N   LAST", "\x1b[32ma\x1b[39m     10  x", "日本  1"]);
});

test("lengths of time in their two largest units", () => {
  expect([0.2, 59.6, 302, 5_400, 273_600, 86_400].map(duration)).toEqual([
    "0 s",
    "1 min",
    "5 min 2 s",
    "1 h 30 min",
    "3 d 4 h",
    "1 d",
  ]);
  expect(ago(null, new Date())).toBe("-");
});

test("amounts and lists", () => {
  expect([null, 5 * 2 ** 20, 1.5 * 2 ** 30].map(bytes)).toEqual(["-", "5 MiB", "1.5 GiB"]);
  expect([list([]), list(["a"]), list(["a", "b", "c"])]).toEqual(["", "a", "a, b and c"]);
});

test("a log's line, and who wrote it", () => {
  const source = { name: "web-h1-1a2b3c4", replica: "web-h1", host: "h1" };
  const line = readLogLine("2026-11-25T09:25:41.659289716Z two  words ", "stderr", source);
  expect(line).toEqual({
    time: "2026-11-25T09:25:41.659289716Z",
    host: "h1",
    replica: "web-h1",
    container: "web-h1-1a2b3c4",
    stream: "stderr",
    line: "two  words ",
  });
  expect(logText(line, { width: 16 })).toBe("web-h1-1a2b3c4   | two  words ");
  expect(logText(line, { width: 0, timestamps: true })).toMatch(
    /\| 2026-11-25T09:25:41.659289716Z two {2}words $/,
  );
  expect(readLogLine("2026-11-25T09:25:41.659289716Z", "stdout", source).line).toBe("");
  expect(readLogLine("no time", "stdout", source)).toMatchObject({ time: "", line: "no time" });
});

test("without a terminal no escape sequence of a replica gets through", () => {
  const line = readLogLine("\x1b[31mred\x1b[0m", "stdout", { name: "a", replica: "a", host: "h1" });
  expect(logText(line, { width: 1 })).toBe("a | red");
});

test("advice names the program as it was called", () => {
  expect([ownCommand({}), pulumiCommand({})]).toEqual(["handover", "pulumi"]);
  const npm = { npm_lifecycle_event: "handover" };
  expect([ownCommand(npm), pulumiCommand(npm)]).toEqual(["npm run handover --", "npm run pulumi --"]);
});
