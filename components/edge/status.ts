import type { BackendCounters, ServerStatus } from "./edge.ts";

type Row = Record<string, string>;

/** The servers of one backend, from `show servers state` and `show stat`. */
export function serverStatuses(state: string, stat: string): ServerStatus[] {
  const counters = new Map(statRows(stat).map((row) => [row["svname"], row]));
  return stateRows(state).map((row) => {
    const name = row["srv_name"] ?? "";
    const counted = counters.get(name) ?? {};
    return {
      name,
      address: `${row["srv_addr"]}:${row["srv_port"]}`,
      admin: adminState(Number(row["srv_admin_state"])),
      health: health(counted),
      lastCheck: lastCheck(counted),
      active: number(counted["scur"]) + number(counted["qcur"]),
      requests: number(counted["stot"]),
      errors: number(counted["hrsp_5xx"]),
    };
  });
}

export function backendCounters(stat: string): BackendCounters {
  const row = statRows(stat).find(({ svname }) => svname === "BACKEND") ?? {};
  const answers = ["1xx", "2xx", "3xx", "4xx", "5xx", "other"].reduce(
    (sum, kind) => sum + number(row[`hrsp_${kind}`]),
    0,
  );
  return {
    requests: number(row["req_tot"]),
    answers,
    failures: number(row["hrsp_5xx"]) + number(row["srv_abrt"]),
    pending: number(row["scur"]) + number(row["qcur"]),
  };
}

/** Bits of HAProxy's srv_admin_state: 0x01, 0x02, 0x04, 0x20 and 0x40 are maintenance, 0x08 and 0x10 drain. */
function adminState(bits: number): ServerStatus["admin"] {
  if (bits & 0x67) return "maint";
  return bits & 0x18 ? "drain" : "ready";
}

/**
 * HAProxy lets a server that leaves maintenance begin as healthy, before any check. Only the counter at its top, with a
 * passed check behind it, says that it has been seen to answer.
 */
function health(row: Row): ServerStatus["health"] {
  const [rise, fall, counter] = [
    number(row["check_rise"]),
    number(row["check_fall"]),
    number(row["check_health"]),
  ];
  if (counter < rise) return "down";
  const passed = /^\*? ?L[67]OKC?$/.test(row["check_status"] ?? "");
  return passed && counter >= rise + fall - 1 ? "up" : "checking";
}

function lastCheck(row: Row): string {
  const status = (row["check_status"] ?? "").replace(/^\* ?/, "");
  const after = row["check_duration"] ? ` after ${row["check_duration"]} ms` : "";
  const detail = row["last_chk"] || row["check_desc"] || "";
  switch (status) {
    case "":
    case "UNK":
    case "INI":
      return "not checked yet";
    case "L4CON":
      return `no connection${after}${detail ? `: ${detail}` : ""}`;
    case "L4TOUT":
    case "L6TOUT":
    case "L7TOUT":
      return `no answer${after}`;
    default:
      return row["check_code"]
        ? `HTTP ${row["check_code"]}${after}`
        : `${status}${after}${detail ? `: ${detail}` : ""}`;
  }
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
