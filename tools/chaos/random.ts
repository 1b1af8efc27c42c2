import { uniformInt } from "pure-rand/distribution/uniformInt";
import { xoroshiro128plus } from "pure-rand/generator/xoroshiro128plus";

/** Chance that the same seed repeats. */
export class Random {
  private readonly generator;

  /** @param seed a whole number of 32 bits */
  constructor(seed: number) {
    this.generator = xoroshiro128plus(seed);
  }

  /** A whole number, both ends included. */
  between(from: number, to: number): number {
    return uniformInt(this.generator, from, to);
  }

  /** One of them, all with the same chance. */
  oneOf<T>(choices: readonly T[]): T {
    if (choices.length === 0) throw new Error("nothing to choose from");
    return choices[this.between(0, choices.length - 1)]!;
  }

  /** One of them: twice the weight is twice the chance. */
  weighted<T extends { weight: number }>(choices: readonly T[]): T {
    let rest = this.between(
      1,
      choices.reduce((sum, { weight }) => sum + weight, 0),
    );
    for (const choice of choices) {
      rest -= choice.weight;
      if (rest <= 0) return choice;
    }
    throw new Error("nothing to choose from");
  }
}
