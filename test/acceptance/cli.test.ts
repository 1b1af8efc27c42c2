import { rename } from "node:fs/promises";
import { setTimeout as wait } from "node:timers/promises";
import { execa } from "execa";
import { afterAll, beforeAll, describe, expect, inject, test } from "vitest";
import type { Difference } from "../../cli/differences.ts";
import type { Check } from "../../cli/doctor/check.ts";
import type { Status } from "../../cli/status.ts";
import { Acceptance } from "../support/acceptance.ts";
import { Cli } from "../support/cli.ts";
import type { RunningContainer } from "../support/containers.ts";
import { example, webService } from "../support/web.ts";

/** The command line program as a process, on real hosts. */
const secret = "correct-horse-battery-staple";

let acceptance: Acceptance;
let cli: Cli;
/** The hosts that the replicas are placed on; the edge is on h1. */
let first: string;
let second: string;

beforeAll(async () => {
  acceptance = await Acceptance.open();
  cli = await Cli.install(inject("stack"));
  await acceptance.stack.setSecret("token", secret);
  await configureWeb("v1");
  await acceptance.stack.up();
  [first = "", second = ""] = (await acceptance.replicas()).map(({ host }) => host);
  expect(second).not.toMatch(/^(h1)?$/);
});

afterAll(async () => {
  await cli[Symbol.asyncDispose]();
});

/** Two replicas, a short deadline, a secret. */
async function configureWeb(version: string): Promise<void> {
  const web = webService(version, {
    replicas: 2,
    rollout: { deadline: "8s", drain: "5s" },
    secretEnv: { TOKEN: "token" },
  });
  await acceptance.stack.configure({ services: { web } });
}

async function status(): Promise<Status & { code: number | undefined }> {
  const { stdout, exitCode } = await cli.run("status", "--json");
  return { ...(JSON.parse(stdout) as Status), code: exitCode };
}

/** The one kind of difference that there is. */
async function difference(): Promise<Difference> {
  const { differences, code } = await status();
  expect(code).toBe(3);
  expect(new Set(differences.map(({ kind }) => kind)).size).toBe(1);
  return differences[0]!;
}

async function untilWell(): Promise<void> {
  await expect.poll(async () => (await status()).differences, { timeout: 20_000, interval: 500 }).toEqual([]);
}

async function docker(host: string, ...words: string[]): Promise<string> {
  const endpoint = acceptance.hosts.find(({ name }) => name === host)?.docker ?? "";
  return (await execa("docker", ["-H", endpoint, ...words])).stdout;
}

async function configuredImage(): Promise<string | undefined> {
  return (await acceptance.stack.config()).services["web"]?.image;
}

async function version(): Promise<unknown> {
  const answer = await fetch(acceptance.url);
  return ((await answer.json()) as { version: string }).version;
}

/** As if the host's engine had gone: nobody answers under its address. */
async function withoutEngine<T>(host: string, act: () => Promise<T>): Promise<T> {
  const socket = (acceptance.hosts.find(({ name }) => name === host)?.docker ?? "").replace("unix://", "");
  await rename(socket, `${socket}.away`);
  try {
    return await act();
  } finally {
    await rename(`${socket}.away`, socket);
  }
}

describe("status", () => {
  test("of a healthy stack: everything is there, and the exit code is 0", async () => {
    const { stdout, exitCode } = await cli.run("status");
    expect(exitCode).toBe(0);
    expect(stdout).not.toContain("\x1b");
    expect(stdout).toMatch(/h1 +198\.18\.0\.11 +active +yes +\d+\.\d+\.\S+ +1 +\S+ GiB +HAProxy \d/);
    expect(stdout).toMatch(/web +handover-example:v1 +2 +2 +2 /);
    expect(stdout).toMatch(
      new RegExp(`${second} +web-${second}-\\w{7} +handover-example:v1 +\\w{8} +running +\\d+ .* serving`),
    );
    expect(stdout).toMatch(/Everything is as the stack wants it\.$/);
  });

  test("as JSON", async () => {
    await fetch(acceptance.url);
    expect(await status()).toMatchObject({
      code: 0,
      project: "handover",
      stack: acceptance.stack.name,
      hosts: acceptance.hosts.map(({ name }) => ({ name, reachable: true, state: "active" })),
      edges: [{ host: "h1", reachable: true }],
      services: [{ name: "web", image: example("v1"), wanted: 2, healthy: 2, serving: 2 }],
      replicas: [
        {
          name: `web-${first}`,
          host: first,
          role: "wanted",
          status: "running",
          edges: [{ state: "ready", health: "up" }],
        },
        {
          name: `web-${second}`,
          host: second,
          role: "wanted",
          status: "running",
          edges: [{ state: "ready", health: "up" }],
        },
      ],
      differences: [],
    });
  });

  test("again and again, with requests per second", async () => {
    const watching = cli.spawn("handover", ["status", "--watch", "--json", "--stack", acceptance.stack.name]);
    const seen: Status[] = [];
    for await (const line of watching) {
      seen.push(JSON.parse(line) as Status);
      if (seen.length === 2) break;
    }
    watching.kill();
    await watching;
    expect(Date.parse(seen[1]!.at) - Date.parse(seen[0]!.at)).toBeGreaterThanOrEqual(2_000);
  });

  test("a stopped container: what it advises mends it", async () => {
    const [, replica] = await acceptance.replicas();
    await docker(second, "kill", replica!.name);
    const { subject, mend } = await difference();
    expect(subject).toBe(`${replica!.name} on ${second}`);
    await cli.type(mend);
    await untilWell();
  });

  test("a removed container: what it advises mends it", async () => {
    const [, replica] = await acceptance.replicas();
    await docker(second, "rm", "--force", replica!.name);
    const { kind, mend } = await difference();
    expect(kind).toBe("container-missing");
    await cli.type(`${mend} --yes`);
    await untilWell();
    expect(await acceptance.replicas()).toHaveLength(2);
  });

  test("a replica that the edge does not serve: what it advises mends it", async () => {
    const { edges, replicas } = await status();
    const turn = `use IO::Socket::UNIX; my $s = IO::Socket::UNIX->new("/run/handover/stats.sock"); print $s "set server service_web/${replicas[0]!.container}:8080 state maint\\n"; print while <$s>;`;
    await docker("h1", "exec", edges[0]!.container, "perl", "-e", turn);
    const { kind, mend } = await difference();
    expect(kind).toBe("replica-not-served");
    const repair = await cli.type(mend);
    expect(repair).toMatchObject({ exitCode: 0, stdout: expect.stringMatching(/^web: /) });
    await untilWell();
  });

  test("a container that no state knows: what it advises removes it", async () => {
    const labels = {
      project: "handover",
      stack: acceptance.stack.name,
      host: "h3",
      role: "replica",
      service: "web",
    };
    const words = Object.entries(labels).flatMap(([name, value]) => ["--label", `handover.${name}=${value}`]);
    await docker("h3", "run", "--detach", "--name", "web-stray", ...words, example("v1"));
    const { kind, mend } = await difference();
    expect(kind).toBe("container-unknown");
    await cli.type(mend);
    await untilWell();
  });

  test("a host that does not answer is a row, within seconds", async () => {
    await withoutEngine(second, async () => {
      const started = performance.now();
      const { stdout, exitCode } = await cli.run("status");
      expect(performance.now() - started).toBeLessThan(30_000);
      expect(exitCode).toBe(3);
      expect(stdout).toMatch(new RegExp(`${second} +198.18.\\d.\\d+ +active +no: cannot connect `));
      expect(stdout).toMatch(
        new RegExp(
          `host ${second}: its Docker Engine at .* does not answer: cannot connect; 1 replica should run there`,
        ),
      );
      expect(stdout).toContain(`handover lost ${second} --stack ${acceptance.stack.name}`);
    });
  });
});

describe("logs", () => {
  test("of all replicas, each line behind its container's name", async () => {
    const { stdout, exitCode } = await cli.run("logs", "web");
    expect(exitCode).toBe(0);
    for (const { name } of await acceptance.replicas()) {
      expect(stdout).toContain(`${name} | v1 listens on port 8080`);
    }
  });

  test("of one replica, as JSON, from the end", async () => {
    const { stdout } = await cli.run("logs", "web", "--replica", `web-${first}`, "--json", "--tail", "1");
    expect(JSON.parse(stdout)).toMatchObject({ host: first, replica: `web-${first}`, stream: "stdout" });
  });

  test("of a host that does not answer are missing, and said to be", async () => {
    await withoutEngine(second, async () => {
      const { stdout, stderr, exitCode } = await cli.run("logs", "web");
      expect(exitCode).toBe(1);
      expect(stderr).toContain(`host ${second} does not answer, its logs are missing`);
      expect(stdout).toMatch(new RegExp(`^web-${first}-`));
    });
  });

  test("can be read by a program that has enough after a line", async () => {
    expect(await cli.type(`handover logs web --stack ${acceptance.stack.name} | head -n 1`)).toMatchObject({
      exitCode: 0,
      stderr: "",
    });
  });
});

describe("exec", () => {
  test("passes on what the command says and how it ends", async () => {
    expect(await cli.run("exec", `web-${first}`, "--", "/example")).toMatchObject({
      exitCode: 1,
      all: expect.stringContaining("address already in use"),
    });
    expect(await cli.run("exec", `web-${first}`, "--", "/no/such/program")).toMatchObject({ exitCode: 126 });
  });

  test("knows no replica of another name", async () => {
    const { stderr, exitCode } = await cli.run("exec", "web-h9", "--", "true");
    expect(exitCode).toBe(2);
    expect(stderr).toContain(`there is no replica web-h9\n  there are web-${first}, web-${second}`);
  });
});

test("top: what each replica uses", async () => {
  const { stdout, exitCode } = await cli.run("top", "web", "--json");
  expect(exitCode).toBe(0);
  expect(JSON.parse(stdout)).toMatchObject([
    { replica: `web-${first}`, cpu: expect.stringMatching(/%$/), memory: expect.stringMatching(/MiB \/ /) },
    { replica: `web-${second}` },
  ]);
});

describe("release", () => {
  test("without a terminal asks for --yes and does nothing", async () => {
    const { stderr, exitCode } = await cli.run("release", "web", example("v2"));
    expect(exitCode).toBe(2);
    expect(stderr).toMatch(/there is no terminal to ask at\n {2}add --yes/);
    expect(await configuredImage()).toBe(example("v1"));
  });

  test("at a terminal asks; no is no", async () => {
    const command = `handover release web ${example("v2")} --stack ${acceptance.stack.name}`;
    const terminal = cli.spawn("script", ["--quiet", "--return", "--command", command, "/dev/null"]);
    let seen = "";
    for await (const chunk of terminal.stdout) {
      const asked = seen.includes("Do you want to perform");
      seen += String(chunk);
      if (!asked && seen.includes("Do you want to perform")) terminal.stdin.write("no\r");
      if (seen.includes("the configuration says")) break;
    }
    await terminal;
    expect(terminal.exitCode).toBe(1);
    expect(seen).toMatch(/web: nothing was touched/);
    expect(await configuredImage()).toBe(example("v1"));
    expect(await version()).toBe("v1");
  });

  test("--preview looks and leaves no trace", async () => {
    const { stdout, exitCode } = await cli.run("release", "web", example("v2"), "--preview");
    expect(exitCode).toBe(0);
    expect(stdout).toMatch(/2 to replace/);
    expect(await configuredImage()).toBe(example("v1"));
  });

  test("of a good version: it serves, the configuration says so, and logs that are followed go on", async () => {
    const following = cli.spawn("handover", ["logs", "web", "--follow", "--stack", acceptance.stack.name]);
    await wait(2_000);
    const { stdout, exitCode } = await cli.run("release", "web", example("v2"), "--yes");
    expect(exitCode).toBe(0);
    expect(stdout).toMatch(
      /web: handover-example:v2 serves, from 2 of 2 replicas; the rollout took \d+\.\d s$/,
    );
    expect(await configuredImage()).toBe(example("v2"));
    expect(await version()).toBe("v2");
    following.kill();
    const { stdout: followed } = await following;
    for (const { name } of await acceptance.replicas()) {
      expect(followed).toContain(`${name} | v2 listens on port 8080`);
    }
  });

  describe("of a version that never becomes healthy", () => {
    let before: RunningContainer[];
    let answer: { outcome: string; serving: { image: string; serving: number } };

    beforeAll(async () => {
      before = await acceptance.replicas();
      const { stdout, stderr, exitCode } = await cli.run(
        "release",
        "web",
        example("broken"),
        "--yes",
        "--json",
      );
      expect(exitCode).toBe(1);
      expect(stderr).toMatch(/2 replicas not healthy within 8 s/);
      expect(stderr).toMatch(/web: handover-example:v2 serves, from 2 of 2 replicas/);
      expect(stderr).toMatch(/web: the configuration says handover-example:v2 again/);
      answer = JSON.parse(stdout) as typeof answer;
    });

    test("says what serves now, and the configuration says it, too", async () => {
      expect(answer).toMatchObject({ outcome: "failed", serving: { image: example("v2"), serving: 2 } });
      expect(await configuredImage()).toBe(example("v2"));
      expect(await version()).toBe("v2");
      expect(await acceptance.replicas()).toEqual(expect.arrayContaining(before));
    });

    test("leaves candidates that status names, and what it advises clears up", async () => {
      const { kind, mend } = await difference();
      expect(kind).toMatch(/candidate-left-over|removal-pending/);
      await cli.type(`${mend} --yes`);
      await untilWell();
      const images = (await acceptance.replicas()).map(({ image }) => image);
      expect(images).toEqual([example("v2"), example("v2")]);
    });
  });

  test("of a service that the stack does not have", async () => {
    const { stderr, exitCode } = await cli.run("release", "shop", "x", "--yes");
    expect(exitCode).toBe(2);
    expect(stderr).toMatch(/has no service shop\n {2}it has web/);
  });
});

test("rollback: back to what served well before, with its time, and past what failed", async () => {
  const { stdout, stderr, exitCode } = await cli.run("rollback", "web", "--yes");
  expect(stderr).toMatch(
    /^web: from handover-example:v2 back to handover-example:v1, which was released at 20\S+ \S+ by .+ and served to 20/,
  );
  expect(stdout).toMatch(/web: handover-example:v1 serves, from 2 of 2 replicas/);
  expect(exitCode).toBe(0);
  expect(await configuredImage()).toBe(example("v1"));
  expect(await version()).toBe("v1");
});

test("history: what ran when, by whom, how long and how it ended", async () => {
  const { stdout, exitCode } = await cli.run("history", "web", "--json");
  expect(exitCode).toBe(0);
  const updates = JSON.parse(stdout) as {
    result: string;
    images: { web: string };
    what: string;
    took: number;
  }[];
  expect(updates[0]).toMatchObject({
    result: "succeeded",
    images: { web: example("v1") },
    took: expect.any(Number),
  });
  expect(updates.find(({ result }) => result === "failed")).toMatchObject({
    images: { web: example("broken") },
    what: `handover: release web ${example("broken")}`,
    who: expect.stringMatching(/\w/),
  });
  const text = await cli.run("history");
  expect(text.stdout).toMatch(/UPDATE +STARTED +TOOK +ENDED +BY +IMAGE +WHAT/);
  expect(text.stdout).toMatch(/failed +\S+ +web=handover-example:broken/);
});

test("a release that serves before the update fails for another reason keeps its place in the configuration", async () => {
  const { services } = await acceptance.stack.config();
  const api = webService("broken", {
    replicas: 1,
    routes: [{ host: "api.example.com" }],
    rollout: { deadline: "8s", drain: "5s" },
  });
  await acceptance.stack.configure({ services: { ...services, api } });
  const { stderr, exitCode } = await cli.run("release", "web", example("v3"), "--yes");
  expect(exitCode).toBe(1);
  expect(stderr).toMatch(
    /web: the traffic has moved to handover-example:v3, and the update failed after that/,
  );
  expect(stderr).toMatch(/web: handover-example:v3 serves, from 2 of 2 replicas/);
  expect(await configuredImage()).toBe(example("v3"));
  expect(await version()).toBe("v3");

  await configureWeb("v3");
  await acceptance.stack.up();
  expect(await status()).toMatchObject({ code: 0, services: [{ name: "web", serving: 2 }] });
});

describe("hosts", () => {
  test("drain empties one, back lets it run replicas again", async () => {
    const drained = await cli.run("drain", second, "--yes");
    expect(drained.stdout).toContain(`${second}: its replicas run on other hosts`);
    expect(drained.exitCode).toBe(0);
    expect((await acceptance.replicas()).map(({ host }) => host)).not.toContain(second);
    expect(await status()).toMatchObject({ code: 0, services: [{ serving: 2 }] });
    const back = await cli.run("back", second, "--yes", "--json");
    expect(JSON.parse(back.stdout)).toEqual({ host: second, state: "active", outcome: "done" });
    expect((await acceptance.replicas()).map(({ host }) => host)).toEqual([first, second]);
  });

  test("lost gives one up that does not answer, back takes it in again", async () => {
    await withoutEngine(second, async () => {
      expect(await cli.run("lost", second, "--yes")).toMatchObject({ exitCode: 0 });
      expect(await status()).toMatchObject({ code: 0, services: [{ serving: 2 }] });
    });
    expect(await cli.run("back", second, "--yes")).toMatchObject({ exitCode: 0 });
    expect((await acceptance.replicas()).map(({ host }) => host)).toEqual([first, second]);
    await untilWell();
  });

  test("lost says so when the host answers; a preview changes nothing", async () => {
    const { hosts } = await acceptance.stack.config();
    const { stderr, exitCode } = await cli.run("lost", "h3", "--preview");
    expect(exitCode).toBe(0);
    expect(stderr).toMatch(/h3 answers: .* drain it/);
    expect((await acceptance.stack.config()).hosts).toEqual(hosts);
  });
});

describe("maintenance", () => {
  test("answers 503 with Retry-After, also after a release, until what status advises", async () => {
    const on = await cli.run("maintenance", "on", "web", "--retry-after", "2m");
    expect(on).toMatchObject({
      exitCode: 0,
      stdout: expect.stringMatching(/^web: in maintenance: the edge on h1 answers with 503/),
    });
    expect(await cli.run("release", "web", example("v2"), "--yes")).toMatchObject({ exitCode: 0 });
    const answer = await fetch(acceptance.url);
    expect([answer.status, answer.headers.get("retry-after")]).toEqual([503, "120"]);
    expect((await cli.run("pause", "web")).stderr).toMatch(/web: is in maintenance/);
    const { kind, mend } = await difference();
    expect(kind).toBe("service-held");
    expect(await cli.type(mend)).toMatchObject({ exitCode: 0 });
    expect(await version()).toBe("v2");
    await untilWell();
  });

  test("of a service that the stack does not have", async () => {
    const { stderr, exitCode } = await cli.run("maintenance", "on", "shop");
    expect(exitCode).toBe(2);
    expect(stderr).toMatch(/has no service shop\n {2}it has web/);
  });
});

describe("pause", () => {
  test("has requests wait until resume", async () => {
    const paused = await cli.run("pause", "web", "--for", "60s");
    expect(paused.stdout).toMatch(/^web: paused: .* for 60 s .*; no request of before is in flight\n/);
    const answer = fetch(acceptance.url);
    const waiting = async () => (await status()).services[0]?.hold?.waiting;
    await expect.poll(waiting, { timeout: 20_000, interval: 500 }).toBe(1);
    expect((await difference()).mend).toMatch(/^handover resume web /);
    const resumed = await cli.run("resume", "web");
    expect(resumed.stdout).toBe("web: requests are handed on again; 1 request had waited");
    expect((await answer).status).toBe(200);
    await untilWell();
  });

  test("ends with a clear 503 when its time is over", async () => {
    await cli.run("pause", "web", "--for", "1s");
    const answer = await fetch(acceptance.url);
    expect([answer.status, answer.headers.get("retry-after")]).toEqual([503, "5"]);
    await cli.run("resume", "web", "--json");
    expect(await version()).toBe("v2");
  });
});

describe("doctor", () => {
  test("finds all well where it is", async () => {
    const { stdout, exitCode } = await cli.run("doctor");
    expect(stdout).not.toContain("FAILURE");
    expect(exitCode).toBe(0);
    expect(stdout).toMatch(/secrets +ok +can be decrypted/);
    expect(stdout).toMatch(/host h1 port 80 +ok +our edge/);
    expect(stdout).toMatch(/host h5 clock +ok/);
  });

  test("names what a deployment would fail for, with the mend", async () => {
    const { haproxyImage } = await acceptance.stack.config();
    await acceptance.stack.configure({ haproxyImage: "localhost:1/no-such-image:1" });
    try {
      const { stdout, exitCode } = await cli.run("doctor", "--json");
      expect(exitCode).toBe(1);
      const failures = (JSON.parse(stdout) as Check[]).filter(({ verdict }) => verdict === "failure");
      expect(failures).toHaveLength(5);
      expect(failures[0]).toMatchObject({
        what: "host h1 image",
        mend: expect.stringMatching(/^docker -H .* pull/),
      });
    } finally {
      await acceptance.stack.configure({ haproxyImage });
    }
  });

  test("names every error of the configuration", async () => {
    const { services } = await acceptance.stack.config();
    await acceptance.stack.configure({ services: { web: { ...services["web"]!, replicas: -1 } } });
    try {
      const { stdout, exitCode } = await cli.run("doctor");
      expect(exitCode).toBe(1);
      expect(stdout).toMatch(/configuration +FAILURE +services\.web\.replicas: /);
    } finally {
      await acceptance.stack.configure({ services });
    }
  });

  test("knows a wrong passphrase", async () => {
    const { stdout, exitCode } = await cli.start(["doctor", "--stack", acceptance.stack.name], {
      env: { ...cli.variables, PULUMI_CONFIG_PASSPHRASE: "wrong" },
    });
    expect(exitCode).toBe(1);
    expect(stdout).toMatch(/secrets +FAILURE .*PULUMI_CONFIG_PASSPHRASE/);
  });
});

describe("the command line", () => {
  test("what it cannot understand ends with 2, a stack that is not there with 1", async () => {
    expect(await cli.start(["frobnicate"])).toMatchObject({ exitCode: 2 });
    expect(await cli.start(["status", "--stack", "no-such-stack"])).toMatchObject({
      exitCode: 1,
      stderr: expect.stringMatching(/no-such-stack.*\n {2}name a stack with --stack/),
    });
    expect(await cli.start(["status", "--cwd", "/"])).toMatchObject({
      exitCode: 2,
      stderr: expect.stringMatching(/there is no Pulumi\.yaml in \//),
    });
  });

  test("bash completes commands and the stack's names", async () => {
    const complete = (...words: string[]) =>
      cli.type(
        `bash -c 'source <(handover completion bash); COMP_WORDS=(handover ${words.join(" ")} ""); ` +
          `COMP_CWORD=${words.length + 1}; _handover; echo "\${COMPREPLY[@]}"'`,
      );
    expect((await complete()).stdout).toMatch(/back completion dashboard doctor drain/);
    expect((await complete("release", "--stack", acceptance.stack.name)).stdout).toBe("web");
    expect((await complete("drain", "--stack", acceptance.stack.name)).stdout).toBe("h1 h2 h3 h4 h5");
  });

  test("colours are for terminals, and not where NO_COLOR is set", async () => {
    const command = `handover history --stack ${acceptance.stack.name}`;
    const atTerminal = `script --quiet --return --command '${command}' /dev/null </dev/null`;
    // A person's terminal, also where the tests run in CI: Node colours nothing where CI is set.
    const terminal = "env -u CI -u NO_COLOR -u NODE_DISABLE_COLORS -u FORCE_COLOR TERM=xterm-256color";
    expect((await cli.type(`${terminal} ${atTerminal}`)).stdout).toContain("\x1b[32msucceeded");
    expect((await cli.type(`${terminal} NO_COLOR=1 ${atTerminal}`)).stdout).not.toContain("\x1b[32m");
  });

  test("no command prints a secret", async () => {
    const said = await Promise.all([
      cli.run("status", "--json"),
      cli.run("history", "--json"),
      cli.run("doctor", "--json"),
    ]);
    for (const { all } of said) expect(all).not.toContain(secret);
  });
});
