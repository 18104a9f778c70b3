/**
 * Keeps the end of grants and their replacement apart. Who ends the grants of a login or an app ends those that are there
 * when its statement begins. So it waits for a replacement that is under way, and a replacement waits for it.
 */
import type { RunSql } from '../database.ts';

const KEY = `hashtextextended('grants-of/' || $1, 0)`;

/** Holds replacements back until the end of the transaction. */
export const waitForReplacements = (query: RunSql, tenant: string): Promise<unknown> =>
  query(`SELECT pg_advisory_xact_lock_shared(${KEY})::text`, [tenant]);

/** Holds ends and other replacements back until the end of the transaction. */
export const waitForEnds = (query: RunSql, tenant: string): Promise<unknown> =>
  query(`SELECT pg_advisory_xact_lock(${KEY})::text`, [tenant]);
