/**
 * What holds in each transaction of a pool: its deadline, and what it may do. It is set in the transaction and ends with it.
 * So it also holds behind a pooler in transaction mode, which refuses or drops the settings of a connection (ADR 122).
 */

/** SQL that runs longer than this is cancelled by the server (security rule: deadlines everywhere). */
export const STATEMENT_TIMEOUT_MS = 1_500;

export interface TransactionSettings {
  /** makes every transaction read-only, whatever the role may do */
  readOnly?: boolean;
  /**
   * Forbids sequential scans. It is meant for tables in which rows stay only for a moment, such as the outbox. Their
   * statistics are always out of date, and a sequential scan reads all dead rows since the last vacuum.
   */
  byIndex?: boolean;
  statementTimeoutMs?: number;
}

/** Columns of a SELECT that sets each of these for its transaction. */
export const columnsSetting = (values: Readonly<Record<string, string>>): string =>
  Object.entries(values)
    .map(([name, value]) => `set_config('${name}', '${value}', true)`)
    .join(', ');

/**
 * Postgres compiles a statement that it estimates to be dear, for tens of milliseconds. Up to version 17 that is each one that
 * cannot avoid what is forbidden below, as the estimate is then 10¹⁰: a look at an empty table took 16 ms of processor time. What a
 * request waits for here is short.
 */
const NO_COMPILER = { jit: 'off' };

/**
 * What reads an answer knows times in this form alone. An operator may have chosen another one for a role, a database or the server:
 * then a time would be none, or another day.
 */
const FORM_OF_TIMES = { DateStyle: 'ISO' };
/** The same as `options` of a connection to Postgres itself, for a session whose transactions set nothing. */
export const TIMES_OF_SESSION = Object.entries(FORM_OF_TIMES)
  .map(([name, value]) => `-c ${name}=${value}`)
  .join(' ');

/** Columns of a SELECT that sets all of them for its transaction. */
export function settingColumns(settings: TransactionSettings): string {
  const { readOnly, byIndex, statementTimeoutMs = STATEMENT_TIMEOUT_MS } = settings;
  const values: Record<string, string> = {
    statement_timeout: String(statementTimeoutMs),
    ...NO_COMPILER,
    ...FORM_OF_TIMES,
    ...(readOnly && { transaction_read_only: 'on' }),
    ...(byIndex && { enable_seqscan: 'off', enable_bitmapscan: 'off', max_parallel_workers_per_gather: '0' }),
  };
  return columnsSetting(values);
}

/**
 * Further columns, for statements that find rows by their keys. They keep their plan whatever the values are: Postgres would
 * plan a batch of one row anew for each call, because it takes that plan for cheaper than one for ten rows, which it expects
 * of an array that it does not know. As the plan is kept, it has to be right when a table has grown, too: each row by an index.
 */
export const PLANNED_ONCE_BY_KEY = columnsSetting({
  plan_cache_mode: 'force_generic_plan',
  enable_seqscan: 'off',
  enable_hashjoin: 'off',
  enable_mergejoin: 'off',
});
