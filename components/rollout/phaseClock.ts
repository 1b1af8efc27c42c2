import type { Phase } from "./report.ts";

/** How long each step takes, all its attempts together. */
export class PhaseClock {
  readonly took: Partial<Record<Phase, number>> = {};
  /** The step that was begun last. */
  current: Phase | undefined;
  private readonly begins: (phase: Phase) => void;

  constructor(begins: (phase: Phase) => void = () => {}) {
    this.begins = begins;
  }

  async time<T>(phase: Phase, act: () => Promise<T>): Promise<T> {
    this.begins(phase);
    const started = Date.now();
    this.current = phase;
    try {
      return await act();
    } finally {
      this.took[phase] = (this.took[phase] ?? 0) + Date.now() - started;
    }
  }
}
