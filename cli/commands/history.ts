import { duration, moment, paint } from "../format.ts";
import { shortMessage, type UpdateRecord } from "../history.ts";
import { print, printJson } from "../output.ts";
import { Stack, type StackOptions } from "../stack.ts";
import { table } from "../table.ts";
import { noSuchService } from "./status.ts";

export interface HistoryOptions extends StackOptions {
  limit: number;
  json?: boolean;
}

export async function history(service: string | undefined, options: HistoryOptions): Promise<number> {
  const stack = await Stack.open(options);
  const all = (await stack.history()).filter(({ kind }) => kind === "update" || kind === "destroy");
  const names = new Set(all.flatMap(({ services = {} }) => Object.keys(services)));
  if (service !== undefined && !names.has(service)) throw noSuchService(service, names, stack.name);
  const shown = all
    .filter(({ services }) => service === undefined || services?.[service])
    .slice(0, options.limit)
    .map((record) => ({
      number: record.number,
      startedAt: record.startedAt,
      took: record.took ?? null,
      result: record.result,
      who: record.who,
      images: images(record, service),
      what: record.kind === "destroy" ? "destroy" : shortMessage(record.message),
    }));
  if (options.json) {
    printJson(shown);
    return 0;
  }
  const rows = shown.map((record) => [
    String(record.number),
    moment(record.startedAt),
    record.took === null ? "-" : duration(record.took),
    paint(
      record.result === "succeeded" ? "green" : record.result === "failed" ? "red" : "yellow",
      record.result,
    ),
    record.who,
    Object.entries(record.images)
      .map(([name, image]) => (service === undefined ? `${name}=${image}` : image))
      .join(" "),
    record.what,
  ]);
  print(...table(["UPDATE", "STARTED", "TOOK", "ENDED", "BY", "IMAGE", "WHAT"], rows));
  return 0;
}

function images({ kind, services = {} }: UpdateRecord, service: string | undefined): Record<string, string> {
  if (kind === "destroy") return {};
  const chosen = Object.entries(services).filter(([name]) => service === undefined || name === service);
  return Object.fromEntries(chosen.map(([name, { image }]) => [name, image]));
}
