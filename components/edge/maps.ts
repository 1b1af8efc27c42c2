import { command, type RuntimeApi } from "./runtimeApi.ts";

type Entries = ReadonlyMap<string, string>;

/** The entries of a map's file. */
export function parseMap(text: string): Entries {
  return new Map(
    text
      .split("\n")
      .map((line) => line.split(" "))
      .flatMap(([key, value]) => (key && value ? [[key, value] as const] : [])),
  );
}

/** What a map of the running worker has now. @returns `undefined` when the worker has no such map */
export async function mapEntries(
  api: Pick<RuntimeApi, "ask">,
  map: string,
): Promise<Map<string, string> | undefined> {
  const answer = await api.ask(command("show map", map));
  if (/^Unknown map/im.test(answer)) return undefined;
  // `<address of the entry> <key> <value>`
  return new Map(
    answer.split("\n").flatMap((line) => {
      const [, key, value] = /^0x[0-9a-f]+ (\S+) (.*)$/.exec(line) ?? [];
      return key !== undefined && value !== undefined ? [[key, value.trim()] as const] : [];
    }),
  );
}

/** The commands that set these entries, and leave all others alone. */
export function setEntries(map: string, present: Entries, wanted: Entries): string[] {
  return [...wanted]
    .filter(([key, value]) => present.get(key) !== value)
    .map(([key, value]) => command(present.has(key) ? "set map" : "add map", map, key, value));
}

/** The commands that take away these entries, where they are there. */
export function deleteEntries(map: string, present: Entries, unwanted: Iterable<string>): string[] {
  return [...unwanted].filter((key) => present.has(key)).map((key) => command("del map", map, key));
}
