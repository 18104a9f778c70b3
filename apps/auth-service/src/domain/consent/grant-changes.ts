/**
 * Keeps the end of grants and their replacement from running at the same time. A statement that ends the grants of a login or
 * an app sees only those that exist when it begins, so it would miss the one that a replacement is storing. Therefore each
 * waits for the other.
 */
import type { RunSql } from '../database.ts';

const KEY = `hashtextextended('grants-of/' || $1, 0)`;

/** Holds replacements back until the end of the transaction. */
export const waitForReplacements = (query: RunSql, tenant: string): Promise<unknown> =>
  query(`SELECT pg_advisory_xact_lock_shared(${KEY})::text`, [tenant]);

/** Holds ends and other replacements back until the end of the transaction. */
export const waitForEnds = (query: RunSql, tenant: string): Promise<unknown> =>
  query(`SELECT pg_advisory_xact_lock(${KEY})::text`, [tenant]);
