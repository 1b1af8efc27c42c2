import { readdir, truncate } from "node:fs/promises";
import path from "node:path";
import { execa } from "execa";
import { afterAll, beforeAll, expect, test } from "vitest";
import { Project } from "../support/project.ts";

/** A backend in a folder, at the moment in which a run may be killed. */
let project: Project;

beforeAll(async () => {
  project = await Project.create({});
});

afterAll(() => project[Symbol.asyncDispose]());

const state = () => path.join(project.folder, "state");

async function attributes(): Promise<string[]> {
  const files = await readdir(state(), { recursive: true });
  return files.filter((file) => file.endsWith(".attrs")).map((file) => path.join(state(), file));
}

test("the local default writes nothing beside a state that an end in the middle could break", async () => {
  expect(await project.pulumi("stack", "init", "safe")).toMatchObject({ exitCode: 0 });
  expect(await attributes()).toEqual([]);
});

test("another folder: doctor warns; what a killed run has left is named, and the mend works", async () => {
  project.backend = `file://${state()}`;
  expect(await project.pulumi("stack", "init", "broken")).toMatchObject({ exitCode: 0 });
  const doctor = await project.handover("doctor", "--stack", "broken");
  expect(doctor.all).toMatch(
    /backend +warning +file:.*may leave the state unreadable.*pulumi login 'file:.*\?metadata=skip'/,
  );

  // What is left when the end comes between the making of the file and its text.
  const written = (await attributes()).filter((file) => file.endsWith("broken.json.attrs"));
  expect(written).toHaveLength(1);
  await truncate(written[0]!);
  const { exitCode, all } = await project.handover("history", "web", "--stack", "broken");
  expect(exitCode).toBe(1);
  expect(all).toMatch(/EOF\n {2}a run that was killed/);
  const mend = /find <the backend's folder> -name '(\S+)' -empty -delete/.exec(all)?.[1];
  await execa("find", [state(), "-name", mend!, "-empty", "-delete"]);
  expect(await attributes()).not.toContain(written[0]);
  expect((await project.pulumi("stack", "export", "--stack", "broken")).exitCode).toBe(0);
});
