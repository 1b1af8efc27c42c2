import { parseImage } from "../components/image/reference.ts";

/** A service as the engine knows it: the inputs of a `ReplicaSet`. */
export interface Service {
  image: string;
  /** Where each replica runs; `docker` is the endpoint of the machine's Docker Engine. */
  placements: { replica: string; host: string; docker: string }[];
  /** The variables with plain values, without those whose values are secrets. */
  env: Record<string, string>;
  resources: { memory?: number };
  healthCheck: { path: string };
}

export interface Rule {
  /** In `--policy-pack-config`. @example "no-latest" */
  name: string;
  description: string;
  /** What of a service is not as the rule wants it, in words that say what to do; nothing when all is well. */
  violations(service: Service): string[];
}

export const rules: Rule[] = [
  {
    name: "no-latest",
    description: "An image's name says its version: by a tag other than latest, or by a digest.",
    violations({ image }) {
      const { tag, digest } = parseImage(image);
      if (tag === undefined ? digest !== undefined : tag !== "latest") return [];
      return [`image: ${image} may be something else tomorrow; name a version, such as :1.4, or a digest`];
    },
  },
  {
    name: "two-hosts",
    description:
      "A service has at least two replicas, on two machines. One with no replicas is switched off.",
    violations({ placements }) {
      if (placements.length === 0) return [];
      if (placements.length === 1) return ["replicas: 1 is not enough; set at least 2"];
      const machines = new Set(placements.map(({ docker }) => docker));
      if (machines.size > 1) return [];
      const hosts = [...new Set(placements.map(({ host }) => host))].join(" and ");
      return [
        `placement: all ${placements.length} replicas run on one machine (${hosts}); add a host, or loosen the constraints`,
      ];
    },
  },
  {
    name: "health-check",
    description: "A service has a health check with a path of its own, not only an answer at /.",
    violations({ healthCheck }) {
      if (healthCheck.path !== "/") return [];
      return ["healthCheck.path: is /, which says little; set the path that says whether a replica is well"];
    },
  },
  {
    name: "memory-limit",
    description: "A replica's memory has a limit, so that it cannot take what the others on its host need.",
    violations({ resources }) {
      return resources.memory === undefined
        ? ["resources.memory: is not set; set a limit, such as 256m"]
        : [];
    },
  },
  {
    name: "no-plain-secret",
    description: "No variable in env looks like a secret: by its name, or by a value of a known kind.",
    violations({ env }) {
      return Object.entries(env)
        .filter(([name, value]) => looksSecret(name, value))
        .map(
          ([name]) =>
            `env.${name}: looks like a secret, in plain text; set it with pulumi config set --secret, and name its key in secretEnv`,
        );
    },
  },
];

const secretNames =
  /(?:^|_)(?:PASS(?:WORD|WD|PHRASE)?|PWD|SECRET|TOKEN|CREDENTIALS?|(?:API|ACCESS|AUTH|PRIVATE|SECRET|SIGNING|ENCRYPTION)_?KEY)(?:_\d+)?$/i;

/** Beginnings of well-known tokens, a private key, a JWT, and a password in a URL. */
const secretValues = [
  /-----BEGIN [A-Z ]*PRIVATE KEY-----/,
  /^(?:AKIA|ASIA)[0-9A-Z]{16}$/,
  /^(?:gh[pousr]_[A-Za-z0-9]{36}|github_pat_\w{22,}|glpat-[\w-]{20,}|xox[abpr]-[\w-]{10,}|[sr]k_live_\w{16,}|npm_[A-Za-z0-9]{36}|AIza[\w-]{35})/,
  /^eyJ[\w-]+\.eyJ[\w-]+\.[\w-]+$/,
  /^[a-z][a-z0-9+.-]*:\/\/[^/\s:@]*:[^/\s:@]+@/i,
];

function looksSecret(name: string, value: string): boolean {
  if (value === "") return false;
  // What only names or switches something is none: PASSWORD_FILE is not matched, TOKEN=true and SECRET=/run/x are let be.
  const isPlain = /^(?:true|false|\d{1,5}|\/[\w./-]*)$/i.test(value);
  return (secretNames.test(name) && !isPlain) || secretValues.some((pattern) => pattern.test(value));
}
