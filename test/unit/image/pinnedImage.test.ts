import * as pulumi from "@pulumi/pulumi";
import { beforeEach, describe, expect, it } from "vitest";
import { pinnedImage } from "../../../components/image/pinnedImage.ts";
import { freePort } from "../../support/freePort.ts";

const digest = `sha256:${"a".repeat(64)}`;
let asked: string[];
let images: Record<string, string> | undefined;

beforeEach(async () => {
  asked = [];
  images = undefined;
  await pulumi.runtime.setMocks(
    {
      call({ token, inputs }) {
        asked.push(`${token} ${inputs.name}`);
        if (!images) throw new Error("no such stack");
        return { outputs: { images } };
      },
      newResource: ({ inputs }) => ({ id: "id", state: inputs }),
    },
    "shop",
    "prod",
    true,
    "acme",
  );
});

it.each(["web", "acme/web:1.4", `registry.example.com/acme/web@${digest}`, `acme/web:1.4@${digest}`])(
  "%s stays as it is, and nobody is asked",
  async (image) => {
    expect(await pinnedImage(image)).toBe(image);
    expect(asked).toEqual([]);
  },
);

describe("where the registry does not answer", () => {
  let registry: string;
  beforeEach(async () => void (registry = `127.0.0.1:${await freePort()}`));

  it("the digest of the last update stays", async () => {
    images = {
      api: `${registry}/acme/api:1.4@${digest}`,
      web: `${registry}/acme/web:1.4@${digest}`,
      old: `${registry}/acme/old:latest@${digest}`,
    };
    expect(await pinnedImage(`${registry}/acme/web:1.4`)).toBe(images["web"]);
    expect(await pinnedImage(`${registry}/acme/old`)).toBe(images["old"]);
    expect(asked[0]).toBe("pulumi:pulumi:readStackOutputs acme/shop/prod");
  });

  it("a name that the last update did not have goes by its tag", async () => {
    images = { web: `${registry}/acme/web:1.4@${digest}` };
    expect(await pinnedImage(`${registry}/acme/web:1.5`)).toBe(`${registry}/acme/web:1.5`);
  });

  it("a stack without outputs goes by the tag", async () => {
    expect(await pinnedImage(`${registry}/acme/web:1.4`)).toBe(`${registry}/acme/web:1.4`);
  });
});
