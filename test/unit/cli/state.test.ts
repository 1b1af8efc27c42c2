import { expect, test } from "vitest";
import { readState } from "../../../cli/state.ts";

const urn = (type: string, name: string) => `urn:pulumi:dev::handover::${type}::${name}`;
const command = "command:local:Command";
const container = "docker:index/container:Container";

function labelled(labels: Record<string, string>) {
  return Object.entries(labels).map(([name, value]) => ({ label: `handover.${name}`, value }));
}

test("an empty stack has nothing", () => {
  expect(readState({ deployment: null }, "handover", "dev")).toEqual({
    project: "handover",
    stack: "dev",
    services: [],
    hosts: [],
    containers: [],
    interrupted: [],
  });
});

test("hosts from their anchors, services from their rollouts, containers by their labels", () => {
  const document = { service: "web", servers: [], edges: [], hosts: [] };
  const state = readState(
    {
      deployment: {
        resources: [
          {
            urn: urn(command, "hosts-h1-anchor"),
            type: command,
            inputs: { stdin: JSON.stringify({ host: "h1", docker: "ssh://h1", daemon: "X" }) },
          },
          {
            urn: urn(command, "web-rollout"),
            type: command,
            inputs: { stdin: JSON.stringify(document) },
            outputs: { stdout: JSON.stringify({ outcome: "moved" }) },
          },
          {
            urn: urn(container, "web-h1"),
            type: container,
            delete: true,
            inputs: {
              name: "web-h1-1a2b3c4",
              image: "acme/web:1",
              envs: {
                "4dabf18193072939515e22adb298388d": "1b47061264138c4ac30d75fd1eb44270",
                ciphertext: "...",
              },
              labels: labelled({ role: "replica", host: "h1", service: "web" }),
            },
          },
          { urn: urn(container, "somebody-elses"), type: container, inputs: { name: "db" } },
        ],
        pending_operations: [
          { type: "creating", resource: { urn: urn(container, "web-h2"), type: container } },
        ],
      },
    },
    "handover",
    "dev",
  );
  expect(state).toEqual({
    project: "handover",
    stack: "dev",
    hosts: [{ name: "h1", docker: "ssh://h1" }],
    services: [{ name: "web", document, report: { outcome: "moved" } }],
    containers: [
      {
        name: "web-h1-1a2b3c4",
        image: "acme/web:1",
        role: "replica",
        host: "h1",
        service: "web",
        leaving: true,
      },
    ],
    interrupted: ["creating web-h2"],
  });
  expect(JSON.stringify(state)).not.toContain("ciphertext");
});

test("a command of another program, or one whose input is encrypted, is passed over", () => {
  const resources = [
    { urn: urn(command, "db-rollout"), type: command, inputs: { stdin: "not JSON" } },
    { urn: urn(command, "web-rollout"), type: command, inputs: { stdin: { ciphertext: "..." } } },
    { urn: urn(command, "some-anchor"), type: command, inputs: { stdin: "{}" } },
  ];
  expect(readState({ deployment: { resources } }, "handover", "dev")).toMatchObject({
    services: [],
    hosts: [],
  });
});
