import { describe, expect, test } from '@jest/globals';
import { Rests } from '../../src/index.ts';

const STEPS = 100;
const STEP_MS = 0.3;

/** Works for some 30 ms. @param afterStep what it awaits after each step @returns how often something else went on meanwhile */
async function othersDuring(afterStep: () => Promise<void>): Promise<number> {
  let others = 0;
  let isWorking = true;
  const other = () => {
    others += 1;
    if (isWorking) setImmediate(other);
  };
  setImmediate(other);
  for (let step = 0; step < STEPS; step += 1) {
    const until = performance.now() + STEP_MS;
    while (performance.now() < until);
    await afterStep();
  }
  isWorking = false;
  return others;
}

describe('rests of long work', () => {
  test('let others go on, who otherwise wait for its end', async () => {
    const rests = new Rests();
    expect(await othersDuring(() => rests.ifDue())).toBeGreaterThan(5);
    expect(await othersDuring(() => Promise.resolve())).toBe(0);
  });

  test('are not taken while the work is short', async () => {
    const rests = new Rests();
    let isNext = false;
    setImmediate(() => (isNext = true));
    await rests.ifDue();
    expect(isNext).toBe(false);
  });
});
