let lines = 0;

/** Prints one line about what set-up does. */
export function report(line: string): void {
  lines += 1;
  console.log(`Set-up: ${line}`);
}

/** Whether set-up has had anything to do. */
export function hasReported(): boolean {
  return lines > 0;
}
