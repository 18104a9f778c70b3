/** @param share of the values that are not above the result, 0 to 1 (nearest rank) */
export function percentile(values: readonly number[], share: number): number {
  const sorted = [...values].sort((a, b) => a - b);
  return sorted[Math.max(0, Math.ceil(share * sorted.length) - 1)] ?? Number.NaN;
}

export interface Spread {
  median: number;
  low: number;
  high: number;
}

/** Median and range of what the rounds gave. */
export function spread(values: readonly number[]): Spread {
  return { median: percentile(values, 0.5), low: Math.min(...values), high: Math.max(...values) };
}
