/** What a check found: one line. */
export interface Check {
  /** What was looked at: `host h1`, `Pulumi`. */
  what: string;
  verdict: "ok" | "warning" | "failure";
  found: string;
  /** What to do about it; nothing where all is well. */
  mend?: string;
}

export const ok = (what: string, found: string): Check => ({ what, verdict: "ok", found });
export const warning = (what: string, found: string, mend: string): Check => ({
  what,
  verdict: "warning",
  found,
  mend,
});
export const failure = (what: string, found: string, mend: string): Check => ({
  what,
  verdict: "failure",
  found,
  mend,
});
