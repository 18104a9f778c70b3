import type { PoolClient } from 'pg';
import { ignoresCase } from '../../tenant/federation-settings.ts';
import type { Administration } from '../administration.ts';
import { RepairRefused } from '../identities/repair-refused.ts';

/** A login could mean any of them. An administrator who writes one letter for letter means that one. */
const SPELLINGS = `
  SELECT number, number = $2 AS exact FROM plan_member
   WHERE tenant = $1 AND lower(number) = lower($2) AND number IS DISTINCT FROM $3
   GROUP BY number ORDER BY exact DESC LIMIT 2`;

/** The numbers are an array, so that the index is used, as everywhere in a load. */
const SPELLINGS_OF_ALL = `
  WITH known AS MATERIALIZED (
    SELECT DISTINCT number FROM plan_member
     WHERE tenant = $1 AND lower(number) = ANY(ARRAY(SELECT lower(each) FROM unnest($2::text[]) AS each)))
  SELECT written, min(known.number) AS number, count(*) > 1 AS "hasTwo",
         bool_or(known.number = written) AS exact
    FROM unnest($2::text[]) AS written JOIN known ON lower(known.number) = lower(written)
   GROUP BY written`;

interface Spelling {
  /** as the plan has it; as it is written, where the plan has none of it or two */
  number: string;
  /** the same for all ways to write what is one number to the plan */
  key: string;
  /** does the plan have two spellings, and this is neither? */
  isUnclear: boolean;
}

/**
 * @param besides a number that is not meant
 * @returns the number as the plan has it, where upper and lower case are the same to it; as it is written, where the plan has none
 * @throws RepairRefused when the plan has two that are written otherwise
 */
export async function planSpelling(
  db: PoolClient,
  { tenant: { id, settings } }: Pick<Administration, 'tenant'>,
  number: string,
  besides?: string,
): Promise<string> {
  if (!ignoresCase(settings.federation)) return number;
  const values = [id, number, besides ?? null];
  const { rows } = await db.query<{ number: string; exact: boolean }>(SPELLINGS, values);
  const [known, another] = rows;
  if (another && !known?.exact)
    throw new RepairRefused(
      `the plan has the number ${number} in upper and lower case: write it as the plan does`,
    );
  return known?.number ?? number;
}

/** @returns what each number means to the plan, as {@link planSpelling} finds it */
export async function planSpellings(
  db: PoolClient,
  { tenant: { id, settings } }: Pick<Administration, 'tenant'>,
  numbers: readonly string[],
): Promise<(written: string) => Spelling> {
  if (numbers.length === 0 || !ignoresCase(settings.federation))
    return (written) => ({ number: written, key: written, isUnclear: false });
  const values = [id, [...new Set(numbers)]];
  const { rows } = await db.query<{ written: string; number: string; hasTwo: boolean; exact: boolean }>(
    SPELLINGS_OF_ALL,
    values,
  );
  const known = new Map(rows.map((row) => [row.written, row]));
  return (written) => {
    const { number = written, hasTwo = false, exact = false } = known.get(written) ?? {};
    return hasTwo
      ? { number: written, key: written, isUnclear: !exact }
      : { number, key: number.toLowerCase(), isUnclear: false };
  };
}
