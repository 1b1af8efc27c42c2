// The grammar of github.com/distribution/reference, without the forms that only an engine itself writes.
const label = "[A-Za-z0-9](?:[A-Za-z0-9-]*[A-Za-z0-9])?";
const registryPort = ":\\d{1,5}";
const registry = `(?:localhost|${label}${registryPort}|${label}(?:\\.${label})+(?:${registryPort})?)`;
const part = "[a-z0-9]+(?:(?:\\.|_|__|-+)[a-z0-9]+)*";
const tag = ":\\w[\\w.-]{0,127}";
const digest = "@sha256:[0-9a-f]{64}";

/** `[registry[:port]/]path[:tag][@digest]` */
export const imagePattern = new RegExp(
  `^(?=.{1,400}$)(?:${registry}/)?${part}(?:/${part})*(?:${tag})?(?:${digest})?$`,
);
