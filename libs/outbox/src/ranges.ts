import type { SequenceRange } from '@patient-access/events';

/**
 * @param sequences in ascending order
 * @returns the fewest ranges that hold them, because the database compares each range with all waiting rows
 */
export function rangesOf(sequences: readonly number[]): SequenceRange[] {
  const ranges: SequenceRange[] = [];
  for (const sequence of sequences) {
    const last = ranges.at(-1);
    if (last && last[1] === sequence - 1) last[1] = sequence;
    else ranges.push([sequence, sequence]);
  }
  return ranges;
}

/** @param others in ascending order, without overlap @returns the parts of a range that none of the others covers */
export function rangesWithout(
  [first, last]: SequenceRange,
  others: readonly SequenceRange[],
): SequenceRange[] {
  const rest: SequenceRange[] = [];
  let from = first;
  for (const [low, high] of others) {
    if (low > from) rest.push([from, Math.min(low - 1, last)]);
    from = Math.max(from, high + 1);
    if (from > last) return rest;
  }
  rest.push([from, last]);
  return rest;
}
