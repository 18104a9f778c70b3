/** All who are not counted singly count together under this key. It is none of theirs. */
const OTHERS = 'others';

/**
 * Keeps a count in memory bounded, however many come: who is not counted yet when it is full counts with all others like it.
 *
 * @param counted what is counted so far @param most how many are counted singly
 * @returns the key to count under
 */
export const countedSingly = (counted: ReadonlyMap<string, number>, key: string, most: number): string =>
  counted.has(key) || counted.size < most ? key : OTHERS;
