import type { BackendCounters, ServerStatus } from "./edge.ts";

type Row = Record<string, string>;

/** Why each server failed its last check, as far as HAProxy has told it, by the server's name. */
export type ToldReasons = Map<string, string>;

/**
 * The servers of one backend, from `show servers state` and `show stat`.
 * @param told what HAProxy told the times before, for what it forgets meanwhile; brought up to date
 */
export function serverStatuses(state: string, stat: string, told: ToldReasons = new Map()): ServerStatus[] {
  const counters = new Map(statRows(stat).map((row) => [row["svname"], row]));
  return stateRows(state).map((row) => {
    const name = row["srv_name"] ?? "";
    const counted = counters.get(name) ?? {};
    return {
      name,
      address: `${row["srv_addr"]}:${row["srv_port"]}`,
      admin: adminState(Number(row["srv_admin_state"])),
      health: health(counted),
      lastCheck: lastCheck(counted, name, told),
      active: number(counted["scur"]) + number(counted["qcur"]),
      requests: number(counted["stot"]),
      answers: answers(counted),
      errors: number(counted["hrsp_5xx"]),
      responseTime: number(counted["rtime"]),
    };
  });
}

export function backendCounters(stat: string): BackendCounters {
  const row = statRows(stat).find(({ svname }) => svname === "BACKEND") ?? {};
  return {
    requests: number(row["req_tot"]),
    answers: answers(row),
    failures: number(row["hrsp_5xx"]) + number(row["srv_abrt"]),
    pending: number(row["scur"]) + number(row["qcur"]),
  };
}

function answers(row: Row): number {
  return ["1xx", "2xx", "3xx", "4xx", "5xx", "other"].reduce(
    (sum, kind) => sum + number(row[`hrsp_${kind}`]),
    0,
  );
}

/** Bits of HAProxy's srv_admin_state: 0x01, 0x02, 0x04, 0x20 and 0x40 are maintenance, 0x08 and 0x10 drain. */
function adminState(bits: number): ServerStatus["admin"] {
  if (bits & 0x67) return "maint";
  return bits & 0x18 ? "drain" : "ready";
}

/**
 * HAProxy lets a server that leaves maintenance, or that a restart finds in the file, begin as healthy, before any
 * check. Only the counter at its top, with a passed check behind it, says that it has been seen to answer.
 */
function health(row: Row): ServerStatus["health"] {
  const status = checkStatus(row);
  const passed = status === "L7OK" || status === "L7OKC";
  const counter = number(row["check_health"]);
  if (passed && counter >= number(row["check_rise"]) + number(row["check_fall"]) - 1) return "up";
  return counter > 0 || passed || notChecked.has(status) ? "checking" : "down";
}

const notChecked = new Set(["", "UNK", "INI"]);

/** Without the mark of a check that is on its way. */
function checkStatus(row: Row): string {
  return (row["check_status"] ?? "").replace(/^\* ?/, "");
}

/** What a gateway says of a replica that it cannot give a request to, in words. */
const gatewayReasons: Record<string, string> = {
  unresolved: "the gateway finds no running container of this name",
  refused: "the container does not accept connections on this port",
  cut: "the container gave no proper answer",
  late: "the container gave no answer in time",
  leaving: "the gateway is leaving",
  key: "the gateway does not accept the edge's key",
  name: "the gateway does not accept the container's name",
  outside: "the container's address is outside the gateway's network",
};

/** Whether a last check in words speaks of the gateway, so that of the replica behind it nothing is known. */
export function gatewayIsOut(lastCheck: string): boolean {
  return /^the gateway (does not|is leaving)|^the container's address/.test(lastCheck);
}

/** While the next check is on its way HAProxy knows of the last one that it failed, and not why. */
function lastCheck(row: Row, server: string, told: ToldReasons): string {
  const words = checkInWords(row);
  const status = checkStatus(row);
  if (status === "L7STS" && words.startsWith("not passed")) return told.get(server) ?? words;
  if (notChecked.has(status) || status.startsWith("L7OK")) told.delete(server);
  else told.set(server, words);
  return words;
}

function checkInWords(row: Row): string {
  const status = checkStatus(row);
  if (notChecked.has(status)) return "not checked yet";
  const after = row["check_duration"] ? ` after ${row["check_duration"]} ms` : "";
  const detail = row["last_chk"] ?? "";
  const reason = gatewayReasons[detail];
  if (reason) return reason;
  switch (status) {
    case "L4CON":
      return `the gateway does not accept connections${after}${detail && `: ${detail}`}`;
    case "L4TOUT":
    case "L6TOUT":
      return `the gateway does not answer${after}`;
    case "L7TOUT":
      return `no answer${after}`;
  }
  // While the next check is on its way the code of the last one is forgotten.
  const code = number(row["check_code"]);
  if (code > 0) return `HTTP ${code}${after}`;
  if (status === "L7OK") return "passed";
  return status === "L7STS" ? `not passed${after}` : `${status}${after}${detail && `: ${detail}`}`;
}

/** `show servers state`: a format number, a header that begins with `#`, and a line for each server. */
function stateRows(text: string): Row[] {
  const lines = text.split("\n").map((line) => line.trim());
  const columns =
    lines
      .find((line) => line.startsWith("# "))
      ?.slice(2)
      .split(" ") ?? [];
  return lines
    .filter(
      (line) => line.split(" ").length >= columns.length - 1 && !line.startsWith("#") && columns.length > 0,
    )
    .map((line) => zip(columns, line.split(" ")));
}

/** `show stat`: CSV with a header that begins with `# `. */
function statRows(text: string): Row[] {
  const [header, ...lines] = text.split("\n").filter((line) => line.trim() !== "");
  const columns = header?.replace(/^# /, "").split(",") ?? [];
  return lines.map((line) => zip(columns, csvFields(line)));
}

function csvFields(line: string): string[] {
  return [...line.matchAll(/(?:^|,)(?:"((?:[^"]|"")*)"|([^,]*))/g)].map(
    ([, quoted, plain]) => quoted?.replaceAll('""', '"') ?? plain ?? "",
  );
}

function zip(columns: string[], values: string[]): Row {
  return Object.fromEntries(columns.map((column, index) => [column, values[index] ?? ""]));
}

function number(text: string | undefined): number {
  return Number(text || 0);
}
