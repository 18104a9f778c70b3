/** Statements of one request of the console, run as the auditor role for one tenant, within a time that the request has. */
import type { ReadPool } from '@patient-access/database';
import { invalid, searchTooCostly } from '@patient-access/fhir';
import { readRows, type RowScope } from '@patient-access/fhir-store';

/** Runs one statement as the auditor role for one tenant. */
export type Ask = <Row>(statement: { text: string; values: unknown[] }) => Promise<Row[]>;

/** SQLSTATE of a statement that Postgres ended because it took too long. */
const QUERY_CANCELED = '57014';
/** SQLSTATE of a value that Postgres does not take: of all that a question has, it is the time zone. */
const INVALID_PARAMETER_VALUE = '22023';
/** Postgres needs some milliseconds to end a statement. */
const LEAST_MS = 20;

/**
 * A former name of a time zone may be known here and not to Postgres, whose operating system may leave such names out.
 *
 * @param advice which bound the question needs if Postgres ended the statement because its time was over (bounds.ts)
 */
const orRefusal =
  (advice: string) =>
  (error: unknown): never => {
    const code = (error as { code?: unknown } | undefined)?.code;
    if (code === QUERY_CANCELED) throw searchTooCostly(advice);
    if (code === INVALID_PARAMETER_VALUE)
      throw invalid('zone: not known to the database. Name a city, such as America/Chicago, or UTC.', 'zone');
    throw error;
  };

const timeoutOf = (ms: number) => ({
  text: "SELECT set_config('statement_timeout', $1, true)",
  values: [String(Math.max(LEAST_MS, Math.ceil(ms)))],
});

/**
 * @param within.budgetMs for all statements together (ADR 52: an answer, or which bound is missing, comes within a second)
 * @param within.advice which bound the question needs if that is not enough
 * @returns what runs a statement @throws OperationError 400 `search-too-costly` when the time is over, or for the time zone
 */
export function askWithin(
  pool: ReadPool,
  scope: RowScope,
  { budgetMs, advice }: { budgetMs: number; advice: string },
): Ask {
  const until = performance.now() + budgetMs;
  return async <Row>(statement: { text: string; values: unknown[] }) => {
    const statements = [timeoutOf(until - performance.now()), statement];
    const [, rows = []] = await readRows<Row>(pool, scope, statements).catch(orRefusal(advice));
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
    const [rows = []] = await readRows<Row>(pool, scope, [statement]).catch(orRefusal(advice));
    return rows;
  };
