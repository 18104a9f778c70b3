/** A random number generator (mulberry32). The same seed gives the same numbers. */
export class FaultRandom {
  private state: number;

  constructor(seed: number) {
    this.state = seed >>> 0;
  }

  /** @returns a number from `low` (included) to `high` (not included) */
  between(low: number, high: number): number {
    this.state = (this.state + 0x6d2b79f5) >>> 0;
    let mixed = Math.imul(this.state ^ (this.state >>> 15), 1 | this.state);
    mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed;
    return low + (((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32) * (high - low);
  }

  pick<Item>(items: readonly Item[]): Item {
    return items[Math.floor(this.between(0, items.length))] as Item;
  }

  shuffled<Item>(items: readonly Item[]): Item[] {
    return items
      .map((item) => [this.between(0, 1), item] as const)
      .sort(([one], [other]) => one - other)
      .map(([, item]) => item);
  }
}
