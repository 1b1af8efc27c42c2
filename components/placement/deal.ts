/**
 * Deals a number of things out, one after the other and round after round, and passes over those that are full. The
 * counts of two that are not full therefore differ by at most one. Because a smaller number is only an earlier end of
 * the same dealing, one thing more changes one count; and because taking one receiver away (or making it smaller) only
 * shortens the rounds, no other count goes down.
 *
 * @param room how many each may take, in the order of dealing; together at least `count`
 * @returns how many each takes
 */
export function deal(count: number, room: number[]): number[] {
  const dealt = room.map(() => 0);
  let left = Math.min(
    count,
    room.reduce((sum, each) => sum + each, 0),
  );
  while (left > 0) {
    for (const [index, limit] of room.entries()) {
      const taken = dealt[index] ?? 0;
      if (left > 0 && taken < limit) {
        dealt[index] = taken + 1;
        left--;
      }
    }
  }
  return dealt;
}
