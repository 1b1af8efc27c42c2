import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import path from "node:path";
import { execa } from "execa";
import { afterAll, beforeAll, describe, expect, it, vi } from "vitest";
import { openEdge } from "../../../components/edge/dockerEdge.ts";
import { EdgeError } from "../../../components/edge/edgeError.ts";
import { Relay } from "../../../components/edge/relay.ts";
import { until } from "../../../components/until.ts";
import { EdgeContainer } from "../../support/edgeContainer.ts";

let container: EdgeContainer;
let relay: Relay;

beforeAll(async () => {
  container = await EdgeContainer.start();
  await (await openEdge(container.document, "web")).close();
  relay = new Relay(container.document);
}, 30_000);

afterAll(async () => {
  await relay.close();
  await container.remove();
});

/** Does something in a conversation of its own. */
async function withAnother<T>(act: (other: Relay) => Promise<T>): Promise<T> {
  const other = new Relay(container.document);
  try {
    return await act(other);
  } finally {
    await other.close();
  }
}

describe("a conversation", () => {
  it("passes questions on to the worker and to the master", async () => {
    expect(await relay.request("stats", "show info")).toMatch(/^Version: \d/m);
    expect(await relay.request("master", "show proc")).toContain("# workers");
  });

  it("answers in order, whatever is asked before the first answer is there", async () => {
    const answers = await Promise.all(
      Array.from({ length: 50 }, (_, index) => relay.request("stats", index % 2 ? "show info" : "show stat")),
    );
    answers.forEach((answer, index) => expect(answer).toContain(index % 2 ? "Uptime" : "svname"));
  });

  it("reports an operation that it does not know, and goes on", async () => {
    await expect(relay.request("nonsense" as "stats")).rejects.toThrow(EdgeError);
    await expect(relay.request("lock", "nonsense exclusive")).rejects.toThrow("edge on h1: no lock nonsense");
    expect(await relay.request("stats", "show info")).toContain("Version");
  });

  it("is over when it is closed", async () => {
    const other = new Relay(container.document);
    await other.request("stats", "show info");
    await other.close();
    await expect(other.request("stats", "show info")).rejects.toThrow("the conversation with container");
  });

  it("with a container that is being restarted ends with the engine's words, which come in place of an answer", async () => {
    const directory = await mkdtemp(path.join(tmpdir(), "handover-docker-"));
    const words = "OCI runtime exec failed: exec failed: cannot exec a container that has stopped";
    await writeFile(path.join(directory, "docker"), `#!/bin/sh\necho "${words}"; exit 126\n`, {
      mode: 0o755,
    });
    vi.stubEnv("PATH", `${directory}:${process.env["PATH"]}`);
    const early = new Relay(container.document);
    vi.unstubAllEnvs();
    await expect(early.request("stats", "show info")).rejects.toThrow(words);
    await early.close();
    await rm(directory, { recursive: true });
  });

  it("with a container that is not there says so", async () => {
    const nobody = new Relay({ ...container.document, container: "handover-test-nobody" });
    await expect(nobody.request("read")).rejects.toThrow(
      /edge on h1: .*no such container.*handover-test-nobody/i,
    );
  });

  it("with a Docker Engine that does not answer says so", async () => {
    const nowhere = new Relay({ ...container.document, docker: "unix:///nonexistent.sock" });
    await expect(nowhere.request("read")).rejects.toThrow(/edge on h1: .*docker daemon/is);
  });
});

describe("locks", () => {
  it("are held by one alone, or shared", async () => {
    await withAnother(async (other) => {
      expect(await relay.request("lock", "reload shared")).toBe("held");
      expect(await other.request("lock", "reload exclusive")).toBe("busy");
      expect(await other.request("lock", "reload shared")).toBe("held");
      await other.request("unlock", "reload");
      await relay.request("unlock", "reload");
      expect(await other.request("lock", "reload exclusive")).toBe("held");
      expect(await relay.request("lock", "reload shared")).toBe("busy");
      expect(await relay.request("lock", "files exclusive")).toBe("held");
      await relay.request("unlock", "files");
    });
  });

  it("end with the conversation, also where its process is killed", async () => {
    const modules = new URL("../../../components/edge/relay.ts", import.meta.url).href;
    const program = `
      const { Relay } = await import(${JSON.stringify(modules)});
      const relay = new Relay(${JSON.stringify(container.document)});
      console.log(await relay.request("lock", "files exclusive"));
      setInterval(() => {}, 1000);`;
    const holder = execa(process.execPath, ["--input-type=module", "--eval", program], { reject: false });
    for await (const line of holder) {
      expect(line).toBe("held");
      expect(await relay.request("lock", "files exclusive")).toBe("busy");
      holder.kill("SIGKILL");
    }
    const held = await until(async () => (await relay.request("lock", "files exclusive")) === "held", {
      within: 5_000,
      every: 20,
    });
    expect(held).toBe(true);
    await relay.request("unlock", "files");
  });
});

describe("the committed set", () => {
  const empty = "holds.map 0\nroutes.map 0\n";
  const text = "# é\n";
  const set = `${empty}web.cfg ${Buffer.byteLength(text)}\n${text}`;

  it("is read as it was installed, byte by byte", async () => {
    expect(await relay.request("read")).toBe(empty);
    await relay.request("install", set);
    expect(await relay.request("read")).toBe(set);
  });

  it.each([
    ["HAProxy does not start with it", `${empty}bad.cfg 8\nbogus x\n`, /unknown keyword 'bogus'/],
    ["it has arrived in part", `${empty}web.cfg 1000\nbackend x`, /not a set of files/],
    ["it names other places", `${empty}../../evil.cfg 2\n#\n`, /not a set of files/],
  ])("stays as it is when %s", async (_, body, complaint) => {
    await expect(relay.request("install", body)).rejects.toThrow(complaint);
    expect(await relay.request("read")).toBe(set);
  });

  it("leaves no more behind than the one before", async () => {
    for (let count = 0; count < 3; count++) await relay.request("install", set);
    const sets = (await container.exec("ls", "/var/lib/handover/sets")).split("\n");
    expect(sets).toHaveLength(2);
    expect(await relay.request("read")).toBe(set);
  });
});
