import { describe, expect, test } from "vitest";
import { statusOf } from "../../../cli/status.ts";
import { allIsWell, container, dockerOf, server } from "./stackDouble.ts";

type World = ReturnType<typeof allIsWell>;

/** The differences of a world in which one thing is not as it should be. */
function differencesWhen(change: (world: World) => void) {
  const world = allIsWell();
  change(world);
  return statusOf(world.wanted, world.found).differences;
}

test("where all is well there are none", () => {
  expect(differencesWhen(() => {})).toEqual([]);
});

describe("a container of the last rollout", () => {
  test("that was stopped is started", () => {
    const [difference, ...others] = differencesWhen(({ h2 }) => {
      h2.containers[1]!.status = "exited";
    });
    expect(others).toEqual([]);
    expect(difference).toMatchObject({
      kind: "container-not-running",
      subject: "web-h2-bbbbbbb on h2",
      service: "web",
      mend: `docker -H ${dockerOf("h2")} start web-h2-bbbbbbb`,
    });
  });

  test("that does not stay up is looked into", () => {
    expect(
      differencesWhen(({ h2 }) => {
        Object.assign(h2.containers[1]!, { status: "restarting", restarts: 7 });
      }),
    ).toMatchObject([
      {
        problem: "does not stay up: 7 restarts",
        mend: "handover logs web --replica web-h2-bbbbbbb --stack prod",
      },
    ]);
  });

  test("that is gone is made again", () => {
    expect(differencesWhen(({ h2 }) => void h2.containers.pop())).toMatchObject([
      { kind: "container-missing", mend: "pulumi up --refresh --stack prod" },
    ]);
  });

  test("that runs and is out of the edge gets its traffic back", () => {
    const repaired = { kind: "replica-not-served", mend: "handover repair web --stack prod" };
    expect(
      differencesWhen(({ edge }) => {
        edge.services.web.servers[1]!.admin = "drain";
      }),
    ).toMatchObject([
      { ...repaired, problem: "runs, but gets no traffic: it is in drain at the edge on h1" },
    ]);
    expect(differencesWhen(({ edge }) => void edge.services.web.servers.pop())).toMatchObject([
      { ...repaired, problem: "runs, but gets no traffic: it is not known at the edge on h1" },
    ]);
  });

  test("that fails its checks is looked into", () => {
    expect(
      differencesWhen(({ edge }) => {
        Object.assign(edge.services.web.servers[0]!, { health: "down", lastCheck: "HTTP 503 after 2 ms" });
      }),
    ).toMatchObject([
      { kind: "replica-unhealthy", problem: "fails its checks at the edge on h1: HTTP 503 after 2 ms" },
    ]);
  });
});

describe("a container that is not of the last rollout", () => {
  const other = container("web-h1-ccccccc", { image: "acme/web:1.5" });
  const inState = (leaving: boolean) => ({
    name: other.name,
    role: "replica",
    host: "h1",
    service: "web",
    image: other.image,
    leaving,
  });

  test("is a candidate when the state has it", () => {
    expect(
      differencesWhen(({ wanted, h1 }) => {
        h1.containers.push(other);
        wanted.state.containers.push(inState(false));
      }),
    ).toMatchObject([{ kind: "candidate-left-over", mend: "pulumi up --stack prod" }]);
  });

  test("is to go when the state has given it up", () => {
    expect(
      differencesWhen(({ wanted, h1 }) => {
        h1.containers.push(other);
        wanted.state.containers.push(inState(true));
      }),
    ).toMatchObject([{ kind: "removal-pending" }]);
  });

  test("is a stranger when no state has it", () => {
    expect(differencesWhen(({ h1 }) => void h1.containers.push(other))).toMatchObject([
      {
        kind: "container-unknown",
        mend: `docker -H ${dockerOf("h1")} rm --force --volumes web-h1-ccccccc`,
      },
    ]);
  });

  test("is never to be removed while it gets traffic", () => {
    expect(
      differencesWhen(({ h1, edge }) => {
        h1.containers.push(other);
        edge.services.web.servers.push(server(`${other.name}:8080`));
      }),
    ).toMatchObject([{ kind: "replica-unwanted", mend: "handover repair web --stack prod" }]);
  });
});

describe("a host", () => {
  test("that does not answer is one difference, and not one for each replica", () => {
    expect(
      differencesWhen(({ found }) => {
        found.hosts.set("h2", { reachable: false, problem: "no answer within 5 s" });
      }),
    ).toMatchObject([
      {
        kind: "host-unreachable",
        problem: `its Docker Engine at ${dockerOf("h2")} does not answer: no answer within 5 s; 1 replica should run there`,
        mend: "handover lost h2 --stack prod",
      },
    ]);
  });

  test("without its gateway, or its edge, gets it back", () => {
    expect(
      differencesWhen(({ h2 }) => {
        h2.containers[0]!.status = "exited";
      }),
    ).toMatchObject([
      { kind: "gateway-not-running", mend: `docker -H ${dockerOf("h2")} restart hosts-h2-gateway-2` },
    ]);
    expect(
      differencesWhen(({ found }) => {
        found.edges[0]!.answer = { reachable: false, problem: "container is not running" };
      }),
    ).toContainEqual(
      expect.objectContaining({
        kind: "edge-unreachable",
        mend: `docker -H ${dockerOf("h1")} restart edge-h1-eeeeeee`,
      }),
    );
  });

  test("whose new state, or which itself, no update has brought yet", () => {
    for (const change of [
      ({ wanted }: World) => void (wanted.config.hosts!["h2"]!.state = "drain"),
      ({ wanted }: World) => void (wanted.config.hosts!["h2"]!.docker = "ssh://elsewhere"),
      ({ wanted }: World) => void (wanted.config.hosts!["h3"] = { address: "10.0.0.13" }),
    ]) {
      expect(differencesWhen(change)).toMatchObject([
        { kind: "not-deployed", mend: "pulumi up --stack prod" },
      ]);
    }
  });
});

describe("a configuration that no update has brought yet", () => {
  test("is not one whose image runs by its digest", () => {
    const pinned = `acme/web:1.4@sha256:${"a".repeat(64)}`;
    const change = ({ wanted }: World) => {
      for (const server of wanted.state.services[0]?.document.servers ?? []) server.image = pinned;
    };
    expect(differencesWhen(change)).toEqual([]);
  });

  test.each([
    [
      "another image",
      (world: World) => (world.wanted.config.services!["web"]!.image = "acme/web:1.5"),
      /asks for acme\/web:1.5/,
    ],
    [
      "more replicas",
      (world: World) => (world.wanted.config.services!["web"]!.replicas = 3),
      /asks for 3 replicas; 2 were/,
    ],
    [
      "a new service",
      (world: World) => (world.wanted.config.services!["api"] = { image: "x" }),
      /no rollout has brought it/,
    ],
    ["a service less", (world: World) => delete world.wanted.config.services!["web"], /still serves/],
  ])("%s", (_, change, problem) => {
    expect(differencesWhen(change)).toMatchObject([
      { kind: "not-deployed", problem: expect.stringMatching(problem), mend: "pulumi up --stack prod" },
    ]);
  });
});

test("an update that was killed is named", () => {
  expect(
    differencesWhen(({ wanted }) => void wanted.state.interrupted.push("creating web-h3")),
  ).toMatchObject([
    {
      kind: "update-interrupted",
      problem: "an update was killed while it was creating web-h3, or is at it right now",
    },
  ]);
});

test("what an update that was killed has left is for the next one, and no other advice is given", () => {
  expect(
    differencesWhen(({ wanted, edge, h2 }) => {
      wanted.state.interrupted.push("updating web-rollout");
      wanted.config.services!["web"]!.image = "acme/web:1.5";
      edge.services.web.servers.pop();
      h2.containers.push(container("web-h2-ccccccc", { image: "acme/web:1.5" }));
    }),
  ).toMatchObject([{ kind: "update-interrupted", mend: "pulumi refresh --stack prod" }]);
});

test("what a rollout that runs is about to change itself is none", () => {
  const underWay = ({ wanted, edge, h2 }: World) => {
    wanted.state.interrupted.push("creating web-rollout");
    wanted.config.services!["web"]!.image = "acme/web:1.5";
    edge.services.web.servers[1]!.admin = "drain";
    h2.containers.push(container("web-h2-ccccccc", { image: "acme/web:1.5" }));
  };
  expect(differencesWhen(underWay)).not.toEqual([]);
  expect(
    differencesWhen((world) => {
      underWay(world);
      world.edge.services.web.rollout = { runs: true, note: null };
    }),
  ).toEqual([]);
});
