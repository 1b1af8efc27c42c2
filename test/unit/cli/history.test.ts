import { describe, expect, test } from "vitest";
import {
  readHistory,
  rollbackTarget,
  shortMessage,
  updateMessage,
  type RawUpdate,
} from "../../../cli/history.ts";
import type { ServiceConfig } from "../../../components/types.ts";

let minute = 0;

/** An update at the next full minute, for the newest-first order to be put before the others. */
function update(
  image: string,
  change: Partial<RawUpdate> & { service?: Partial<ServiceConfig> } = {},
): RawUpdate {
  const { service, ...rest } = change;
  const at = Date.UTC(2026, 10, 25, 9, minute++);
  return {
    kind: "update",
    result: "succeeded",
    startTime: new Date(at).toISOString(),
    endTime: new Date(at + 10_000).toISOString(),
    message: "Some commit\n\nIts body",
    environment: { "git.author": "Ada" },
    config: { "shop:services": { objectValue: { web: { image, replicas: 2, ...service } } } },
    ...rest,
  };
}

const history = (...oldestFirst: RawUpdate[]) => readHistory(oldestFirst.toReversed(), "shop");

describe("a record", () => {
  test("is counted from the first, and says how long it took", () => {
    expect(history(update("web:1"), update("web:2"))).toMatchObject([
      { number: 2, took: 10, services: { web: { image: "web:2" } } },
      { number: 1, took: 10, services: { web: { image: "web:1" } } },
    ]);
  });

  test("says who: who ran this program, else CI's user, else the commit's author", () => {
    const message = updateMessage("release web web:2", "grace");
    const whos = history(
      update("web:1", { message }),
      update("web:1", { environment: { "ci.actor": "bot", "git.author": "Ada" } }),
      update("web:1"),
      update("web:1", { environment: {} }),
    ).map(({ who }) => who);
    expect(whos).toEqual(["unknown", "Ada", "bot", "grace"]);
    expect(shortMessage(message)).toBe("handover: release web web:2");
    expect(shortMessage("Some commit\n\nIts body")).toBe("Some commit");
  });

  test("of one that runs has no length yet", () => {
    expect(history(update("web:1", { result: "in-progress" }))[0]?.took).toBeUndefined();
  });
});

describe("a rollback", () => {
  const current: ServiceConfig = { image: "web:3", replicas: 2 };

  test("goes to the last other image that an update brought to its end", () => {
    const records = history(update("web:1"), update("web:2"), update("web:3"));
    expect(rollbackTarget(records, "web", "web:3", current)).toMatchObject({
      image: "web:2",
      update: { number: 2 },
      until: records[0]?.startedAt,
      alsoDifferent: [],
    });
  });

  test("passes over what failed, and over anything but updates", () => {
    const records = history(
      update("web:1"),
      update("web:2", { result: "failed" }),
      update("web:9", { kind: "preview" }),
      update("web:3"),
      update("web:4", { result: "failed" }),
    );
    expect(rollbackTarget(records, "web", "web:3", current)?.image).toBe("web:1");
  });

  test("knows when that image was released first, and what else was different then", () => {
    const records = history(
      update("web:1"),
      update("web:2", { service: { env: { A: "1" } } }),
      update("web:2", { service: { replicas: 3, env: { A: "1" } } }),
      update("web:3"),
    );
    expect(rollbackTarget(records, "web", "web:3", current)).toMatchObject({
      image: "web:2",
      update: { number: 2 },
      alsoDifferent: ["env", "replicas"],
    });
  });

  test("takes an image with its digest for what the configuration names by a tag", () => {
    const records = history(update("web:1"), update("web:2"));
    const serving = `web:2@sha256:${"a".repeat(64)}`;
    expect(rollbackTarget(records, "web", serving, current)?.image).toBe("web:1");
  });

  test("twice is back again", () => {
    const records = history(update("web:1"), update("web:2"), update("web:1"));
    expect(rollbackTarget(records, "web", "web:1", { ...current, image: "web:1" })?.image).toBe("web:2");
  });

  test("has nowhere to go when there was never another image, or the configuration has no services", () => {
    expect(rollbackTarget(history(update("web:3")), "web", "web:3", current)).toBeUndefined();
    expect(rollbackTarget(history(update("web:1", { config: {} })), "web", "web:3", current)).toBeUndefined();
  });
});
