/**
 * What a failed update says about why: the engine repeats everything that it printed, several times over.
 * @returns its diagnostics, or else the last lines
 */
export function lastWords(error: unknown): string {
  const text = error instanceof Error ? error.message : String(error);
  const diagnostics = /^Diagnostics:\n([\s\S]*?)^(?:Outputs|Resources|Duration):/m.exec(text)?.[1]?.trim();
  return diagnostics ?? text.trim().split("\n").slice(-20).join("\n");
}
