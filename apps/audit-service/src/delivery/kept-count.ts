import type { Pool } from '@patient-access/database';
import { countBehind } from './producer-sequences.ts';

/** As long as a page may say what was known before. The question itself passes over what is younger than two minutes. */
const KEPT_MS = 5_000;

/**
 * The question looks at each producer that does not rest. It goes to the pool that stores events. So pages and files, however
 * many ask, make one question in this time, and wait for the one that is under way.
 *
 * @returns {@link countBehind}, as it was {@link KEPT_MS} ago at most
 */
export function keptCountBehind(pool: Pool): () => Promise<number> {
  let answer: Promise<number> | undefined;
  let keptUntil = 0;
  async function count(): Promise<number> {
    const asked = performance.now();
    keptUntil = Infinity;
    try {
      const behind = await countBehind(pool);
      keptUntil = asked + KEPT_MS;
      return behind;
    } catch (error) {
      keptUntil = 0;
      throw error;
    }
  }
  return () => {
    if (!answer || performance.now() >= keptUntil) answer = count();
    return answer;
  };
}
