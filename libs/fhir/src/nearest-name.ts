/** How many letters two names may differ in, so that one is taken for a misspelling of the other. */
const MAX_DISTANCE = 2;

/** Letters to change, add or take away between two texts (Levenshtein distance). */
function distance(one: string, other: string): number {
  let row = Array.from({ length: other.length + 1 }, (_, at) => at);
  for (const [at, letter] of [...one].entries()) {
    const next = [at + 1];
    for (const [to, wanted] of [...other].entries())
      next.push(
        Math.min((row[to + 1] ?? 0) + 1, (next[to] ?? 0) + 1, (row[to] ?? 0) + (letter === wanted ? 0 : 1)),
      );
    row = next;
  }
  return row.at(-1) ?? 0;
}

/**
 * Finds the name that was probably meant, whatever its case.
 *
 * @returns undefined if no name is close
 */
export function nearestName(name: string, names: Iterable<string>): string | undefined {
  // Texts whose lengths differ by more are further apart, and a text of a client may be long.
  const [nearest] = [...names]
    .filter((each) => Math.abs(each.length - name.length) <= MAX_DISTANCE)
    .map((each) => ({ each, by: distance(name.toLowerCase(), each.toLowerCase()) }))
    .filter(({ each, by }) => by <= MAX_DISTANCE && by < each.length)
    .sort((one, other) => one.by - other.by);
  return nearest?.each;
}
