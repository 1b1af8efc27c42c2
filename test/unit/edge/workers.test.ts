import { describe, expect, it } from "vitest";
import { workers } from "../../../components/edge/workers.ts";

const head = "#<PID>          <type>          <reloads>       <uptime>        <version>\n";
const master = "1               master          2 [failed: 0]   0d00h00m01s     3.2.26-1\n";
const current = "# workers\n31              worker          0               0d00h00m00s     3.2.26-1\n";
const old = "# old workers\n22              worker          1               0d00h00m01s     3.2.26-1\n";

describe("the workers in `show proc`", () => {
  it("are the one that serves, and those that finish", () => {
    expect(workers(`${head}${master}${current}${old}\n`)).toEqual({ current: "31", old: ["22"] });
    expect(workers(`${head}${master}${current}\n`)).toEqual({ current: "31", old: [] });
  });

  it("are followed by other programs in 2.6", () => {
    expect(workers(`${head}${master}${current}${old}# programs\n\n`)).toEqual({ current: "31", old: ["22"] });
  });

  it("are none while the master begins anew", () => {
    expect(workers("")).toEqual({ current: undefined, old: [] });
    expect(workers(`${head}${master}# workers\n${old}`)).toEqual({ current: undefined, old: ["22"] });
  });
});
