/** Can be read on light and on dark ground. */
export const style = `
  .card { fill: #fff; stroke: #dde1e9; }
  text { font: 13px system-ui, -apple-system, "Segoe UI", Roboto, "Helvetica Neue", "DejaVu Sans", sans-serif; fill: #586174; }
  .title { font-size: 18px; font-weight: 650; fill: #1b2130; }
  .name { font-weight: 600; fill: #1b2130; }
  .tick { font-size: 11px; }
  .grid { stroke: #e6e9ef; }
  .old { fill: #2563c9; } .new { fill: #d9690f; } .more { fill: #7b3fc4; }
  .failed { fill: #b3261e; } .fine { fill: #15733d; }
  .usual { fill: none; stroke: #1b2130; stroke-width: 1.6; stroke-linejoin: round; }
  .slowest { fill: none; stroke: #8a93a5; stroke-width: 1; stroke-linejoin: round; }
  .moved { stroke: #1b2130; stroke-width: 1.5; stroke-dasharray: 4 3; }
  .engine { fill: #c6ccd8; } .wait { fill: #f3cf8e; } .move { fill: #1b2130; } .after { fill: #9ed3b4; } .back { fill: #f0a8a2; }
  .ground { opacity: .16; }
  .inside { font-size: 12px; fill: #1b2130; }
  @media (prefers-color-scheme: dark) {
    .card { fill: #181c25; stroke: #2c3340; }
    text { fill: #9aa5b8; }
    .title, .name { fill: #e7ebf3; }
    .grid { stroke: #2a303c; }
    .old { fill: #5f9bff; } .new { fill: #ffa24d; } .more { fill: #c9a3ff; }
    .failed { fill: #ff8a80; } .fine { fill: #5fd08d; }
    .usual { stroke: #e7ebf3; } .slowest { stroke: #6f7a8d; } .moved { stroke: #e7ebf3; }
    .engine { fill: #566074; } .wait { fill: #8d6a2a; } .move { fill: #e7ebf3; } .after { fill: #2f6d4b; } .back { fill: #8d3a35; }
    .ground { opacity: .22; }
    .inside { fill: #fff; }
  }`;

/** @param kind one of the style's classes */
export function text(kind: string, x: number, y: number, words: string): string {
  return `<text class="${kind}" x="${short(x)}" y="${short(y)}">${escaped(words)}</text>`;
}

export function short(pixels: number): string {
  return String(Math.round(pixels * 10) / 10);
}

export function escaped(words: string): string {
  return words.replace(/[&<>"]/g, (sign) => `&#${sign.charCodeAt(0)};`);
}
