import { expect, test } from "vitest";
import { promotedImage } from "../../../cli/commands/promote.ts";
import { allIsWell } from "./stackDouble.ts";

const stacks = { from: "staging", to: "prod" };

function running(image: string) {
  const { state } = allIsWell().wanted;
  for (const server of state.services[0]?.document.servers ?? []) server.image = image;
  return state;
}

test("what is promoted is what the last good rollout brought, by its digest", () => {
  const image = `registry.example.com/acme/web:1.4@sha256:${"a".repeat(64)}`;
  expect(promotedImage(running(image), "web", stacks)).toBe(image);
});

test("a tag alone is refused, with what to do", () => {
  expect(() => promotedImage(running("acme/web:1.4"), "web", stacks)).toThrow(
    expect.objectContaining({
      message:
        "web runs acme/web:1.4 in stack staging, without a digest: its tag may mean something else by now",
      next: expect.stringMatching(/^push it to a registry, .*; or release .* acme\/web:1\.4 --stack prod$/),
    }),
  );
  expect(() => promotedImage(running("registry.example.com/acme/web:1.4"), "web", stacks)).toThrow(
    expect.objectContaining({ next: expect.stringMatching(/^pin it, when registry\.example\.com answers/) }),
  );
});

test("what does not serve there cannot be promoted", () => {
  expect(() => promotedImage(running("x"), "api", stacks)).toThrow(
    "api does not serve in stack staging: there is nothing to promote",
  );
});
