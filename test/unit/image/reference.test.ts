import { describe, expect, it } from "vitest";
import { isImage, parseImage, withTag } from "../../../components/image/reference.ts";

const digest = `sha256:${"a".repeat(64)}`;

describe("an image's name", () => {
  it.each([
    ["web", { repository: "web" }],
    ["acme/web:1.4", { repository: "acme/web", tag: "1.4" }],
    ["localhost/web", { registry: "localhost", repository: "web" }],
    ["registry:5000/a/web:1.4", { registry: "registry:5000", repository: "a/web", tag: "1.4" }],
    ["registry:5000/web", { registry: "registry:5000", repository: "web" }],
    [
      `registry.example.com/acme/web:1.4@${digest}`,
      { registry: "registry.example.com", repository: "acme/web", tag: "1.4", digest },
    ],
    [`acme/web@${digest}`, { repository: "acme/web", digest }],
  ])("%s", (image, parts) => {
    expect(parseImage(image)).toEqual({ registry: undefined, tag: undefined, digest: undefined, ...parts });
  });

  it("without a tag means the tag latest", () => {
    expect(withTag("acme/web")).toBe("acme/web:latest");
    expect(withTag("acme/web:1.4")).toBe("acme/web:1.4");
    expect(withTag(`acme/web@${digest}`)).toBe(`acme/web@${digest}`);
  });

  it("is that of what runs, with a digest or without", () => {
    expect(isImage("web:1", "web:1")).toBe(true);
    expect(isImage(`web:1@${digest}`, "web:1")).toBe(true);
    expect(isImage(`web:latest@${digest}`, "web")).toBe(true);
    expect(isImage(`web:1@${digest}`, `web:1@${digest}`)).toBe(true);
    expect(isImage("web:10", "web:1")).toBe(false);
    expect(isImage(`web:1@${digest}`, `web:1@sha256:${"b".repeat(64)}`)).toBe(false);
    expect(isImage("web:1", `web:1@${digest}`)).toBe(false);
  });
});
