/** @param share the share of the values that are not above the result, 0 to 1 (nearest rank) */
export function percentile(values: readonly number[], share: number): number {
  const sorted = [...values].sort((a, b) => a - b);
  return sorted[Math.max(0, Math.ceil(share * sorted.length) - 1)] ?? Number.NaN;
}

export interface Spread {
  median: number;
  low: number;
  high: number;
}

/** @returns median and range of the values of all rounds */
export function spread(values: readonly number[]): Spread {
  return { median: percentile(values, 0.5), low: Math.min(...values), high: Math.max(...values) };
}
