import { existsSync, readFileSync } from "node:fs";
import { userInfo } from "node:os";
import path from "node:path";
import { readBase, withBase, type Base } from "../components/config/baseFile.ts";
import { platformElsewhere } from "../components/config/stackConfig.ts";
import type { HostArgs, ServiceConfig } from "../components/types.ts";
import { CliError, exitCode, usageError } from "./exit.ts";
import { readHistory, updateMessage, type RawUpdate, type UpdateRecord } from "./history.ts";
import { Pulumi } from "./pulumi.ts";
import { readState, type ExportedStack, type StackState } from "./state.ts";

export interface StackOptions {
  /** @default the selected one */
  stack?: string;
  /** The folder of the Pulumi project. @default the current one, or the nearest above that has a project */
  cwd?: string;
}

/** The stack's configuration: keys without the project's name. */
export interface StackConfiguration {
  /** What its own file has. */
  values: Record<string, string>;
  secrets: Set<string>;
  /** What all stacks share. */
  base: Base | undefined;
  /** The stack that has the hosts and edges, if that is another one. */
  platform: string | undefined;
  /** The one over the other; none where they are the platform's. */
  hosts: Record<string, HostArgs> | undefined;
  services: Record<string, ServiceConfig> | undefined;
  /** What of these the stack's own file has. */
  own: {
    hosts: Record<string, Partial<HostArgs>> | undefined;
    services: Record<string, Partial<ServiceConfig>> | undefined;
  };
}

type RawConfig = Record<string, { value?: string; objectValue?: unknown; secret?: boolean }>;

/** How many updates are asked for at once, and how far back at the most. */
const historyPage = 100;
const historyPages = 10;

/** A stack of a program that Handover's components run in: the one source of what there is and what is wanted. */
export class Stack {
  readonly name: string;
  readonly project: string;
  readonly folder: string;
  readonly pulumi: Pulumi;

  private constructor(name: string, project: string, folder: string, pulumi: Pulumi) {
    this.name = name;
    this.project = project;
    this.folder = folder;
    this.pulumi = pulumi;
  }

  static async open({ stack, cwd = "." }: StackOptions): Promise<Stack> {
    const folder = projectFolder(cwd);
    const project = /^name:\s*["']?([^"'\s#]+)/m.exec(
      readFileSync(path.join(folder, "Pulumi.yaml"), "utf8"),
    )?.[1];
    const pulumi = new Pulumi(folder);
    const name = stack ?? (await pulumi.text("stack", "--show-name"));
    return new Stack(name, project ?? "", folder, pulumi);
  }

  async state(): Promise<StackState> {
    const exported = await this.pulumi.text("stack", "export", "--stack", this.name);
    return readState(JSON.parse(exported) as ExportedStack, this.project, this.shortName);
  }

  async config(): Promise<StackConfiguration> {
    const raw = (await this.pulumi.json("config", "--stack", this.name)) as RawConfig;
    const own = Object.entries(raw).flatMap(([key, entry]) =>
      key.startsWith(`${this.project}:`) ? [[key.slice(this.project.length + 1), entry] as const] : [],
    );
    const structured = <T>(key: string) =>
      own.find(([name]) => name === key)?.[1].objectValue as T | undefined;
    const base = readBase(this.folder, this.project);
    const merged = <T>(key: string) => withBase(structured(key), base, key) as T | undefined;
    const values = Object.fromEntries(own.map(([key, { value = "" }]) => [key, value]));
    // Pulumi.yaml's default is empty, and stands for nothing.
    const given = withBase(values["platform"] || undefined, base, "platform");
    const platform = platformElsewhere(given, this.name);
    return {
      values,
      secrets: new Set(own.filter(([, { secret }]) => secret).map(([key]) => key)),
      base,
      platform,
      hosts: platform === undefined ? merged("hosts") : undefined,
      services: merged("services"),
      own: { hosts: structured("hosts"), services: structured("services") },
    };
  }

  /** Newest first. */
  async history(): Promise<UpdateRecord[]> {
    const updates: RawUpdate[] = [];
    for (let page = 1; page <= historyPages; page += 1) {
      const how = ["--page-size", String(historyPage), "--page", String(page)];
      const some = await this.pulumi.json("stack", "history", "--stack", this.name, ...how);
      updates.push(...((some ?? []) as RawUpdate[]));
      if (updates.length < page * historyPage) break;
    }
    return readHistory(updates, this.project);
  }

  /** What tells the last update from the one before it. */
  async latestUpdate(): Promise<string | undefined> {
    const updates = await this.pulumi.json("stack", "history", "--stack", this.name, "--page-size", "1");
    const [latest] = (updates ?? []) as RawUpdate[];
    return latest && `${latest.kind} ${latest.startTime}`;
  }

  /** Sets one place in the stack's file; `undefined` takes it out. Comments stay. */
  async set(place: string, value: string | undefined): Promise<void> {
    const stack = ["--stack", this.name];
    if (value === undefined) await this.pulumi.text("config", "rm", ...stack, "--path", place);
    else await this.pulumi.text("config", "set", ...stack, "--path", place, value);
  }

  /** Runs `pulumi up`, or `pulumi preview`, at the terminal. @returns whether it succeeded */
  async update(what: string, { yes, preview, json }: UpdateOptions): Promise<boolean> {
    const how = preview
      ? ["preview", "--diff"]
      : [
          "up",
          "--suppress-outputs",
          "--message",
          updateMessage(what, currentUser()),
          ...(yes ? ["--yes"] : []),
        ];
    return (await this.pulumi.atTerminal([...how, "--stack", this.name], { quiet: json })) === 0;
  }

  /** As the labels have it: without an organization. */
  private get shortName(): string {
    return this.name.split("/").at(-1) ?? this.name;
  }
}

export interface UpdateOptions {
  /** Do not ask. */
  yes?: boolean;
  /** Only look. */
  preview?: boolean;
  /** Keep standard output for the result. */
  json?: boolean;
}

/** @throws CliError when nobody could answer Pulumi's question */
export function checkUpdateOptions({ yes, preview, json }: UpdateOptions): void {
  if (yes || preview || (process.stdin.isTTY && process.stdout.isTTY && !json)) return;
  throw usageError(
    json ? "with --json nobody can be asked" : "there is no terminal to ask at",
    "add --yes to run the update, or --preview to look only",
  );
}

function currentUser(): string {
  try {
    return userInfo().username;
  } catch {
    // An account without a name, as in some containers.
    return process.env["USER"] || "unknown";
  }
}

function projectFolder(from: string): string {
  const start = path.resolve(from);
  for (let folder = start; ; folder = path.dirname(folder)) {
    if (existsSync(path.join(folder, "Pulumi.yaml"))) return folder;
    if (folder === path.dirname(folder)) break;
  }
  throw new CliError(`there is no Pulumi.yaml in ${start} or above it`, {
    next: "run it in the folder of the Pulumi project, or name that with --cwd",
    code: exitCode.usage,
  });
}
