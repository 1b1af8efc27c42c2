import type { Phase } from "./report.ts";

/** How long each step takes. */
export class PhaseClock {
  readonly took: Partial<Record<Phase, number>> = {};
  private readonly begins: (phase: Phase) => void;

  constructor(begins: (phase: Phase) => void = () => {}) {
    this.begins = begins;
  }

  async time<T>(phase: Phase, act: () => Promise<T>): Promise<T> {
    this.begins(phase);
    const started = Date.now();
    try {
      return await act();
    } finally {
      this.took[phase] = Date.now() - started;
    }
  }
}
