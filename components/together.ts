import { setImmediate as nextTurn } from "node:timers/promises";

/**
 * Makes one call for everything that is asked for in the same moment, where each on its own would cost a process.
 * @param all answers several at once, in their order
 */
export function together<Item, Answer>(
  all: (items: Item[]) => Promise<Answer[]>,
): (item: Item) => Promise<Answer> {
  let items: Item[] = [];
  let answers: Promise<Answer[]> | undefined;
  return async (item) => {
    const place = items.push(item) - 1;
    answers ??= nextTurn().then(() => {
      const asked = items;
      items = [];
      answers = undefined;
      return all(asked);
    });
    return (await answers)[place]!;
  };
}
