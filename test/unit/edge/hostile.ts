import fc from "fast-check";

/** Characters that mean something to HAProxy's configuration, its runtime API, its log formats, or a shell. */
export const special = [
  "'",
  '"',
  "`",
  "\\",
  "\n",
  "\r",
  "\0",
  "\t",
  " ",
  ";",
  "#",
  "$(id)",
  "${HOME}",
  "%[",
  "<<",
  "{",
  "}",
  "|",
  "\u00e9",
];

/** A text with at least one of them in it. */
export const hostile = fc
  .tuple(fc.string(), fc.constantFrom(...special), fc.string())
  .map(([before, evil, after]) => before + evil + after);
