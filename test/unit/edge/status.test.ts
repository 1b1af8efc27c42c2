import { readFileSync } from "node:fs";
import { describe, expect, it } from "vitest";
import { backendCounters, serverStatuses, type ToldReasons } from "../../../components/edge/status.ts";

/** What HAProxy really said of six servers that a rollout had added, and of which one was put into maintenance. */
const captured = (version: string, name: string) =>
  readFileSync(new URL(`captured/${version}/${name}.txt`, import.meta.url), "utf8");

describe.each(["2.6", "3.2"])("servers, as HAProxy %s describes them", (version) => {
  const state = captured(version, "servers-state");

  it("are all there, in order, with their addresses", () => {
    const servers = serverStatuses(state, captured(version, "server-stat"));
    expect(servers.map(({ name }) => name)).toEqual([
      "ok:80",
      "sick:80",
      "gone:80",
      "maint:80",
      "refused:80",
      "mute:80",
    ]);
    for (const { address } of servers) expect(address).toMatch(/^127\.0\.0\.1:\d+$/);
  });

  it("are not healthy before they are checked", () => {
    for (const { health, lastCheck } of serverStatuses(state, captured(version, "server-stat-new"))) {
      expect({ health, lastCheck }).toEqual({ health: "checking", lastCheck: "not checked yet" });
    }
  });

  it("say how they are, and what the last check found, in words", () => {
    const servers = serverStatuses(state, captured(version, "server-stat"));
    const found = servers.map(({ name, admin, health, lastCheck }) => [
      name,
      admin,
      health,
      lastCheck.replace(/\d+ ms/, "_ ms"),
    ]);
    expect(found).toEqual([
      ["ok:80", "drain", "up", "HTTP 200 after _ ms"],
      ["sick:80", "drain", "down", "HTTP 500 after _ ms"],
      ["gone:80", "drain", "down", "the gateway finds no running container of this name"],
      ["maint:80", "maint", "checking", "not checked yet"],
      [
        "refused:80",
        "drain",
        "down",
        "the gateway does not accept connections after _ ms: Connection refused",
      ],
      ["mute:80", "drain", "down", "no answer after _ ms"],
    ]);
  });
});

describe("a server's health", () => {
  const columns =
    "# pxname,svname,scur,qcur,stot,hrsp_5xx,check_status,check_code,check_duration,last_chk,check_rise,check_fall,check_health";
  const state =
    "1\n# be_name srv_name srv_addr srv_admin_state srv_port\nservice_web a:80 10.0.0.11 0 7080\n";
  const of = (row: string) => serverStatuses(state, `${columns}\nservice_web,a:80,${row}\n`)[0];

  it.each([
    ["from the file of a restart", "0,0,0,0,INI,,,,2,3,4", "checking"],
    ["one passed check short of the top", "0,0,0,0,L7OK,200,1,,2,3,3", "checking"],
    ["at the top", "0,0,0,0,L7OK,200,1,,2,3,4", "up"],
    ["while the next check is on its way", "0,0,0,0,* L7OK,,1,,2,3,4", "up"],
    ["after a failure that does not count yet", "0,0,0,0,L7STS,500,1,,2,3,3", "checking"],
    ["after too many failures", "0,0,0,0,L7STS,500,1,,2,3,0", "down"],
    ["with a first passed check after failures", "0,0,0,0,L7OK,200,1,,2,3,1", "checking"],
  ])("%s", (_, row, health) => {
    expect(of(row)?.health).toBe(health);
  });

  it("goes with why it failed last, which HAProxy forgets while the next check is on its way", () => {
    const told: ToldReasons = new Map();
    const says = (row: string) =>
      serverStatuses(state, `${columns}\nservice_web,a:80,0,0,0,0,${row},2,3,0\n`, told)[0]?.lastCheck;
    const seen = [
      "L7STS,503,2,",
      "* L7STS,,500,",
      "L7STS,,1,unresolved",
      "* L7STS,,1,",
      "L7OK,200,1,",
      "* L7STS,,7,",
    ];
    expect(seen.map(says)).toEqual([
      "HTTP 503 after 2 ms",
      "HTTP 503 after 2 ms",
      "the gateway finds no running container of this name",
      "the gateway finds no running container of this name",
      "HTTP 200 after 1 ms",
      "not passed after 7 ms",
    ]);
  });

  it("goes with what it is serving and has served", () => {
    expect(of("3,2,7,1,L7OK,200,1,,2,3,4")).toMatchObject({ active: 5, requests: 7, errors: 1 });
  });

  it.each([
    ["0,0,0,0,* L7STS,,1,,2,3,0", "not passed after 1 ms"],
    ["0,0,0,0,* L7OK,,1,,2,3,4", "passed"],
    ["0,0,0,0,L4TOUT,,2001,,2,3,0", "the gateway does not answer after 2001 ms"],
    [
      `0,0,0,0,L7RSP,,1,"a ""quoted"" word, and one more",2,3,0`,
      `L7RSP after 1 ms: a "quoted" word, and one more`,
    ],
    ["0,0,0,0,L7STS,425,1,refused,2,3,0", "the container does not accept connections on this port"],
    ["0,0,0,0,L7STS,403,1,key,2,3,0", "the gateway does not accept the edge's key"],
  ])("%s is in words: %s", (row, words) => {
    expect(of(row)?.lastCheck).toBe(words);
  });
});

describe("administrative states", () => {
  const of = (bits: number) =>
    serverStatuses(`1\n# srv_name srv_addr srv_admin_state srv_port\na:80 10.0.0.11 ${bits} 7080\n`, "")[0]
      ?.admin;

  it.each([
    [0x00, "ready"],
    [0x08, "drain"],
    [0x10, "drain"],
    [0x01, "maint"],
    [0x02, "maint"],
    [0x04, "maint"],
    [0x20, "maint"],
    [0x40, "maint"],
    [0x09, "maint"],
  ])("%s is %s", (bits, admin) => {
    expect(of(bits)).toBe(admin);
  });
});

describe("no servers", () => {
  it.each(["", "\n\n", "Can't find backend.\n", "1\n# be_id be_name srv_id srv_name srv_addr\n\n"])(
    "in %j",
    (state) => {
      expect(serverStatuses(state, "No such proxy.\n\n")).toEqual([]);
    },
  );
});

describe("a backend's counters", () => {
  it("are those of its own row", () => {
    const columns =
      "# pxname,svname,qcur,scur,req_tot,srv_abrt,hrsp_1xx,hrsp_2xx,hrsp_3xx,hrsp_4xx,hrsp_5xx,hrsp_other";
    const rows = "service_web,a:80,9,9,9,9,9,9,9,9,9,9\nservice_web,BACKEND,1,2,100,3,1,80,5,4,6,1\n";
    expect(backendCounters(`${columns}\n${rows}\n`)).toEqual({
      requests: 100,
      answers: 97,
      failures: 9,
      pending: 3,
    });
  });

  it("are nothing for a backend that is not there", () => {
    expect(backendCounters("No such proxy.\n\n")).toEqual({
      requests: 0,
      answers: 0,
      failures: 0,
      pending: 0,
    });
  });
});
