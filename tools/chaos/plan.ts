import { after, hostsThatAre, type Model } from "./model.ts";
import { Random } from "./random.ts";
import { releaseFaults, signals, type LinkFault, type Release, type Step } from "./step.ts";

/** A step of a plan, with what there is before and after it. */
export interface PlannedStep {
  step: Step;
  before: Model;
  after: Model;
}

/** With fewer replicas a power cut of two hosts may take all of them: nothing could be promised. */
const fewestReplicas = 3;
const mostReplicas = 8;
/** Enough hosts stay for the replicas of two that fail. */
const fewestActive = 3;
/** A release takes some eight seconds: the last of these moments are after its end. */
const longestRelease = 10_000;

/** A kind of step: how likely it is, and a step of this kind where one is possible. */
interface Kind {
  weight: number;
  draw(model: Model, random: Random): Step | undefined;
}

/** An endless sequence of steps, always the same for a seed and what there is at the beginning. */
export function* plan(seed: number, start: Model): Generator<PlannedStep, never> {
  const random = new Random(seed);
  for (let before = start; ;) {
    const step = random.weighted(kinds).draw(before, random);
    if (!step) continue;
    const next = { step, before, after: after(before, step) };
    yield next;
    before = next.after;
  }
}

/** What brings every host back and ends with a good release, which has to clear up after everything. */
export function ending(start: Model): PlannedStep[] {
  const steps: Step[] = [
    ...hostsThatAre(start, "lost").map((host) => ({ kind: "return", host, disk: "kept" }) as const),
    ...hostsThatAre(start, "drain").map((host) => ({ kind: "end of drain", host }) as const),
    { kind: "release", to: { image: "v1", version: `r${start.releases + 1}` } },
  ];
  let before = start;
  return steps.map((step) => {
    const planned = { step, before, after: after(before, step) };
    before = planned.after;
    return planned;
  });
}

const kinds: Kind[] = [
  { weight: 3, draw: (model, random) => ({ kind: "release", to: release(model, random) }) },
  { weight: 3, draw: badRelease },
  { weight: 2, draw: scale },
  {
    weight: 4,
    draw: (model, random) => ({
      kind: "interrupted release",
      to: release(model, random),
      signal: random.oneOf(signals),
      after: random.between(0, longestRelease),
    }),
  },
  {
    weight: 2,
    draw: (model, random) => {
      const hosts = victims(model, random);
      return hosts && { kind: "power cut", hosts, lasts: random.between(1_000, 8_000) };
    },
  },
  {
    weight: 1,
    draw: (model, random) => {
      const hosts = victims(model, random);
      return hosts && { kind: "loss", hosts };
    },
  },
  {
    weight: 2,
    draw: (model, random) => {
      const [host] = victims(model, random) ?? [];
      if (!host) return undefined;
      const to = release(model, random);
      return { kind: "loss in a release", host, to, after: random.between(0, longestRelease) };
    },
  },
  {
    weight: 4,
    draw: (model, random) => {
      const lost = hostsThatAre(model, "lost");
      if (lost.length === 0) return undefined;
      return { kind: "return", host: random.oneOf(lost), disk: random.oneOf(["kept", "kept", "empty"]) };
    },
  },
  {
    weight: 1,
    draw: (model, random) => {
      const active = hostsThatAre(model, "active");
      return active.length > fewestActive ? { kind: "drain", host: random.oneOf(active) } : undefined;
    },
  },
  {
    weight: 2,
    draw: (model, random) => {
      const drained = hostsThatAre(model, "drain");
      return drained.length > 0 ? { kind: "end of drain", host: random.oneOf(drained) } : undefined;
    },
  },
  {
    weight: 2,
    draw: ({ replicas }, random) => ({ kind: "replica crash", number: random.between(1, replicas) }),
  },
  {
    weight: 1,
    draw: (model, random) => ({ kind: "gateway crash", host: random.oneOf(hostsThatAre(model, "active")) }),
  },
  {
    weight: 1,
    draw: (model, random) => {
      const edges = otherEdges(model);
      return edges.length > 0 ? { kind: "edge crash", host: random.oneOf(edges) } : undefined;
    },
  },
  {
    weight: 1,
    draw: (model, random) => {
      const edges = otherEdges(model);
      if (edges.length === 0) return undefined;
      const [host, to] = [random.oneOf(edges), release(model, random)];
      return { kind: "edge crash in a release", host, to, after: random.between(0, longestRelease) };
    },
  },
  {
    weight: 2,
    draw: (model, random) => {
      const [host] = victims(model, random) ?? [];
      return host ? { kind: "link fault", host, ...linkFault(random) } : undefined;
    },
  },
  {
    weight: 2,
    draw: (model, random) => {
      const [host] = victims(model, random) ?? [];
      if (!host) return undefined;
      return { kind: "link fault in a release", host, ...linkFault(random), to: release(model, random) };
    },
  },
];

function release({ releases }: Model, random: Random): Release {
  return { image: random.oneOf(["v1", "v2", "v3"]), version: `r${releases + 1}` };
}

function badRelease(model: Model, random: Random): Step {
  const { image } = release(model, random);
  const to = { image, version: `bad${model.releases + 1}` };
  const fault = random.oneOf(releaseFaults);
  // One replica of several that answers badly is not always found in so short a time; one that never answers is.
  const partly = fault !== "errors" && fault !== "slow" && random.between(1, 3) === 1;
  // On hosts that surely have a replica.
  const hosts = hostsThatAre(model, "active");
  const onlyOn = partly && model.replicas >= hosts.length ? random.oneOf(hosts) : undefined;
  return { kind: "bad release", to, fault, ...(onlyOn && { onlyOn }) };
}

function scale({ replicas }: Model, random: Random): Step {
  const others = Array.from({ length: mostReplicas - fewestReplicas + 1 }, (_, i) => fewestReplicas + i);
  return { kind: "scale", replicas: random.oneOf(others.filter((count) => count !== replicas)) };
}

/** One host that may fail, or two: enough others stay, and the one that the load goes to among them. */
function victims(model: Model, random: Random): string[] | undefined {
  const active = hostsThatAre(model, "active");
  const [entrance] = model.edges;
  const candidates = active.filter((host) => host !== entrance);
  const many = Math.min(candidates.length, active.length - fewestActive);
  if (many < 1) return undefined;
  const first = random.oneOf(candidates);
  // Fewer than five replicas might all be on the two.
  if (many === 1 || model.replicas < 5 || random.between(1, 3) > 1) return [first];
  return [first, random.oneOf(candidates.filter((host) => host !== first))].sort();
}

/** The edges that run and that the load does not go to. */
function otherEdges({ edges, hosts }: Model): string[] {
  return edges.slice(1).filter((host) => hosts[host] !== "lost");
}

function linkFault(random: Random): { fault: LinkFault; lasts: number } {
  const fault = random.oneOf<LinkFault>(["cut", { loss: random.oneOf([5, 20]) }]);
  return { fault, lasts: random.between(1_000, 12_000) };
}
