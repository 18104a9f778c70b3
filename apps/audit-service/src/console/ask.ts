/** Statements of one request of the console, run as the auditor role for one tenant, within a time that the request has. */
import type { ReadPool } from '@patient-access/database';
import { searchTooCostly } from '@patient-access/fhir';
import { readRows, type RowScope } from '@patient-access/fhir-store';

/** Runs one statement as the auditor role for one tenant. */
export type Ask = <Row>(statement: { text: string; values: unknown[] }) => Promise<Row[]>;

/** SQLSTATE of a statement that Postgres ended because it took too long. */
const QUERY_CANCELED = '57014';
/** Postgres ends nothing at once. */
const LEAST_MS = 20;

/** Did Postgres end the statement because its time was over? */
const tookTooLong = (error: unknown): boolean =>
  (error as { code?: unknown } | undefined)?.code === QUERY_CANCELED;

/** @param advice which bound the question needs (bounds.ts) */
const orTooCostly =
  (advice: string) =>
  (error: unknown): never => {
    if (tookTooLong(error)) throw searchTooCostly(advice);
    throw error;
  };

const timeoutOf = (ms: number) => ({
  text: "SELECT set_config('statement_timeout', $1, true)",
  values: [String(Math.max(LEAST_MS, Math.ceil(ms)))],
});

/**
 * @param within.budgetMs for all statements together (ADR 52: an answer, or which bound is missing, comes within a second)
 * @param within.advice which bound the question needs if that is not enough
 * @returns what runs a statement @throws OperationError 400 `search-too-costly` when the time is over
 */
export function askWithin(
  pool: ReadPool,
  scope: RowScope,
  { budgetMs, advice }: { budgetMs: number; advice: string },
): Ask {
  const until = performance.now() + budgetMs;
  return async <Row>(statement: { text: string; values: unknown[] }) => {
    const statements = [timeoutOf(until - performance.now()), statement];
    const [, rows = []] = await readRows<Row>(pool, scope, statements).catch(orTooCostly(advice));
    return rows;
  };
}

/**
 * For files, whose statements are short and many: each has its own time, the pool's.
 *
 * @throws OperationError 400 `search-too-costly` when that is over
 */
export const askForFile =
  (pool: ReadPool, scope: RowScope, advice: string): Ask =>
  async <Row>(statement: { text: string; values: unknown[] }) => {
    const [rows = []] = await readRows<Row>(pool, scope, [statement]).catch(orTooCostly(advice));
    return rows;
  };
