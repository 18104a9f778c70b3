import type { Pool } from '@patient-access/database';
import { countBehind } from './producer-sequences.ts';

/** For so long an answer is used again. The question itself passes over what is younger than two minutes. */
const KEPT_MS = 5_000;

/**
 * The question looks at each producer that does not rest, and uses the pool that stores events. So all pages and files together
 * ask once in this time, and wait for a question that is under way.
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
