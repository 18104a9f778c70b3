/**
 * Keeps a count in memory bounded, however many come: who is not counted yet when it is full counts with all others like it.
 *
 * @param counted what is counted so far @param most how many are counted singly
 * @param others the key under which all others count together; it is none of theirs
 * @returns the key to count under
 */
export const countedSingly = (
  counted: ReadonlyMap<string, number>,
  key: string,
  most: number,
  others = 'others',
): string => (counted.has(key) || counted.size < most ? key : others);
