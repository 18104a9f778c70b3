/**
 * Limits how many counts are kept in memory. When there are that many, everybody who has none yet shares one.
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
