/** How many letters two names may differ in, so that one is taken for a misspelling of the other. */
const MAX_DISTANCE = 2;

/**
 * Letters to change, add or take away between two texts (Levenshtein distance).
 *
 * @returns more than MAX_DISTANCE, as soon as it cannot be less: no later row has a smaller number than the least of one
 */
function distance(one: string, other: string): number {
  const [letters, wanted] = [[...one], [...other]];
  let row = Array.from({ length: wanted.length + 1 }, (_, at) => at);
  for (let at = 0; at < letters.length && Math.min(...row) <= MAX_DISTANCE; at += 1) {
    const next = [at + 1];
    for (let to = 0; to < wanted.length; to += 1) {
      const changed = (row[to] ?? 0) + (letters[at] === wanted[to] ? 0 : 1);
      next.push(Math.min((row[to + 1] ?? 0) + 1, (next[to] ?? 0) + 1, changed));
    }
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
