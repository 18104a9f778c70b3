/** Choices by seed. */

/** @returns a whole number from 0, below the given one */
export type Draw = (below: number) => number;

/** mulberry32 */
export function drawOf(seed: number): Draw {
  let state = seed;
  return (below) => {
    state = (state + 0x6d2b79f5) | 0;
    let mixed = Math.imul(state ^ (state >>> 15), 1 | state);
    mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed;
    return Math.floor((((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32) * below);
  };
}

export const pick = <Each>(items: readonly Each[], random: Draw): Each | undefined =>
  items[random(items.length)];

export function shuffled<Each>(items: readonly Each[], random: Draw): Each[] {
  const mixed = [...items];
  for (let at = mixed.length - 1; at > 0; at -= 1) {
    const other = random(at + 1);
    [mixed[at], mixed[other]] = [mixed[other] as Each, mixed[at] as Each];
  }
  return mixed;
}
