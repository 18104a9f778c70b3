/** The retention of a tenant: how long its events are kept. */
import type pg from 'pg';
import { act } from './acts.ts';

/** Six years (45 CFR 164.316(b)(2)(i)). */
export const DEFAULT_MONTHS = 72;

const SET = `
  INSERT INTO trail.retention (tenant, months) VALUES ($1, $2)
  ON CONFLICT (tenant) DO UPDATE SET months = excluded.months`;

export function setRetention(
  owner: pg.Client,
  { tenant, months, by }: { tenant: string; months: number; by: string },
): Promise<void> {
  if (!Number.isInteger(months) || months < 1 || months > 1_200)
    throw new Error('months: must be a whole number from 1 to 1200');
  return act(owner, async () => {
    await owner.query(SET, [tenant, months]);
    const acts = [{ tenant, action: 'retention-set', by, request: `retention ${months} months` } as const];
    return { result: undefined, acts };
  });
}
