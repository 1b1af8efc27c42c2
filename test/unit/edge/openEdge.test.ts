import { afterAll, afterEach, beforeAll, describe, expect, it } from "vitest";
import { openEdge } from "../../../components/edge/dockerEdge.ts";
import { backendOf, EdgeUnderTest, see } from "./edgeUnderTest.ts";

let edges: EdgeUnderTest;

beforeAll(async () => {
  edges = await EdgeUnderTest.start();
  await (await edges.open("web")).declare(backendOf("web"));
}, 30_000);
afterEach(() => edges.close());
afterAll(() => edges.remove());

const aborted = () => AbortSignal.abort();

describe("opening an edge", () => {
  it("that is not there fails at once, and says what to do", async () => {
    const nobody = { ...edges.container.document, container: "handover-test-nobody" };
    const began = performance.now();
    await expect(openEdge(nobody, "web")).rejects.toThrow(
      "edge on h1: container handover-test-nobody is not there: pulumi up --refresh makes it again",
    );
    expect(performance.now() - began).toBeLessThan(5_000);
  });

  it("whose host does not answer gives up when that is certain, and says how to mark it lost", async () => {
    const nowhere = { ...edges.container.document, docker: "unix:///nonexistent.sock" };
    await expect(openEdge(nowhere, "web")).rejects.toThrow(
      /^edge on h1: its host does not answer .*pulumi config set --path hosts\.h1\.state lost$/s,
    );
  });

  it("that somebody has stopped starts it", async () => {
    await edges.container.stop();
    const web = await edges.open("web");
    expect(await web.servers()).toEqual([]);
    expect(await edges.container.isRunning(edges.container.document.container)).toBe(true);
  });

  it("ends when nobody wants to wait", async () => {
    const nowhere = { ...edges.container.document, docker: "unix:///nonexistent.sock" };
    await expect(openEdge(nowhere, "web", { stop: aborted() })).rejects.toThrow(
      /interrupted before it answered/,
    );
  });
});

describe("a conversation that was cut", () => {
  it("is resumed when the edge is there again, with the claim and what was committed", async () => {
    const web = await edges.open("web");
    await web.claim(() => {});
    expect(await web.resume()).toBe(false);
    await edges.serving(web, "web", "a:80");
    await web.add(backendOf("web"), [edges.server("b:80")]);
    await edges.container.crash();
    await expect(web.servers()).rejects.toThrow();
    await expect(web.servers()).rejects.toThrow();
    expect(await web.resume()).toBe(true);
    expect(await see(web, "admin")).toEqual(["a:80 ready"]);
    const other = await edges.open("web");
    await expect(other.claim(() => {}, aborted())).rejects.toThrow(
      "interrupted while another rollout of web goes on",
    );
  });
});

describe("waiting for another rollout", () => {
  it("ends with the signal: to claim, to declare, to hold off reloads", async () => {
    const [other, web] = [await edges.open("other"), await edges.open("web")];
    await other.holdReloads();
    const changed = { ...backendOf("web"), healthCheck: { path: "/", interval: 100, timeout: 777 } };
    await expect(web.declare(changed, aborted())).rejects.toThrow(
      "edge on h1: interrupted before its reload",
    );
    // What was begun is taken back without a reload.
    expect(await web.declare(backendOf("web"))).toBe(false);
  });
});
