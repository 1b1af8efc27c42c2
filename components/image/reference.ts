/** The parts of an image's name. */
export interface ImageReference {
  /** The registry's host, and its port; `undefined` when the name does not say it. */
  registry: string | undefined;
  /** @example "acme/web" */
  repository: string;
  /** `undefined` when the name does not say it, which means `latest`. */
  tag: string | undefined;
  /** @example "sha256:1f2d…" */
  digest: string | undefined;
}

/** Takes an image's name apart: `[registry[:port]/]path[:tag][@digest]`. */
export function parseImage(image: string): ImageReference {
  const [name = "", digest] = image.split("@");
  const [, path = "", tag] = /^(.*?)(?::([^/:]+))?$/.exec(name) ?? [];
  const [first = "", ...rest] = path.split("/");
  // As Docker tells a host from the first part of a path.
  const isHost = rest.length > 0 && (/[.:]/.test(first) || first === "localhost");
  return {
    registry: isHost ? first : undefined,
    repository: isHost ? rest.join("/") : path,
    tag,
    digest,
  };
}

/** `acme/web:latest` for `acme/web`. */
export function withTag(image: string): string {
  const { tag, digest } = parseImage(image);
  return tag === undefined && digest === undefined ? `${image}:latest` : image;
}

/** Whether what runs is the image that is asked for: the same, or the same with the digest that its tag had. */
export function isImage(running: string, wanted: string): boolean {
  return running === wanted || running.startsWith(`${withTag(wanted)}@`);
}
