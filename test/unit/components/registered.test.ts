import * as command from "@pulumi/command";
import * as docker from "@pulumi/docker";
import * as pulumi from "@pulumi/pulumi";
import { afterEach, beforeEach, expect, test, vi } from "vitest";
import { registered } from "../../../components/registered.ts";
import { runProgram } from "./engine.ts";

const here = /registered\.test\.ts/;
const limit = Error.stackTraceLimit;

/** How many stack frames an error made in a constructor had. */
let frames: number | undefined;

class Probe {
  constructor(_name: string, args: { fail?: Error }) {
    frames = (new Error("probe").stack ?? "").split("\n").length - 1;
    if (args.fail) throw args.fail;
  }
}

/** A constructor with a mistake in it. */
class Broken {
  constructor(_name: string, args: { missing?: { length: number } }) {
    void args.missing!.length;
  }
}

beforeEach(() => void (frames = undefined));
afterEach(() => vi.unstubAllEnvs());

test("takes no traces while a resource is made, and takes them again after that", () => {
  registered(Probe, "one", {}, {});
  expect(frames).toBe(0);
  expect(Error.stackTraceLimit).toBe(limit);
  expect(new Error("later").stack).toMatch(here);
});

test("takes them for who looks for promises that never end", () => {
  vi.stubEnv("PULUMI_DEBUG_PROMISE_LEAKS", "true");
  registered(Probe, "one", {}, {});
  expect(frames).toBeGreaterThan(0);
});

test("an error of the constructor says where it was called, and the next one where it is", () => {
  const error = thrown(() => registered(Broken, "one", {}, {}));
  expect(error).toBeInstanceOf(TypeError);
  expect(error.stack).toMatch(/^TypeError: Cannot read properties of undefined/);
  expect(error.stack).toMatch(here);
  expect(error.stack).not.toContain("components/registered.ts");
  expect(Error.stackTraceLimit).toBe(limit);
});

test("a readable error stays what it is", () => {
  const problem = new pulumi.RunError("web: there is no such host: h9");
  const error = thrown(() => registered(Probe, "one", { fail: problem }, {}));
  expect(error).toBe(problem);
  expect(pulumi.RunError.isInstance(error)).toBe(true);
  expect(error.message).toBe("web: there is no such host: h9");
});

test("makes the same resource as its constructor", async () => {
  const args = { image: "acme/web:1", envs: [pulumi.output("A=b")], mustRun: false };
  const both = await runProgram(() => {
    new docker.Container("one", args, { deleteBeforeReplace: false });
    registered(docker.Container, "two", args, { deleteBeforeReplace: false });
  });
  const [one, two] = both;
  expect(two).toEqual({ ...one, name: "two", urn: one!.urn.replace(/one$/, "two") });
});

test("an error in a value that comes later has its trace", async () => {
  let stack: string | undefined;
  await runProgram(() => {
    const made = registered(command.local.Command, "one", { create: "true" }, {});
    made.stdout.apply(() => void (stack = new Error("later").stack));
  });
  expect(stack).toMatch(here);
});

function thrown(run: () => unknown): Error {
  try {
    run();
  } catch (error) {
    return error as Error;
  }
  throw new Error("nothing was thrown");
}
