import type { PipelinedStatement } from './connection.ts';
import { Pipeline, type PoolCounts } from './pipeline.ts';
import { CONNECT_TIMEOUT_MS, type PoolOptions } from '../pool.ts';
import { settingColumns } from '../settings.ts';
import { isSilent } from '../silent-server.ts';
import { beginningWith, opening } from './with-settings.ts';

/** Whoever writes waits for its own writer. */
const WAITING = 512;

/** One connection, for statements that are written again and again: it takes a third of what node-postgres takes for each. */
export interface Writer {
  readonly counts: PoolCounts;
  /**
   * Runs a statement in its own transaction, after those that came before it.
   *
   * @returns when it is committed
   * @throws Error; unless it is a `DatabaseError` of severity `ERROR`, the statement may have been committed
   */
  run(statement: PipelinedStatement): Promise<void>;
  /** Closes its connection, if nobody uses it and an error says that their server has not answered another one in time. */
  noticeSilence(error: unknown): void;
  end(): Promise<void>;
}

/**
 * It connects with the first statement, and again after an error. Whether its role is too strong is asked by the pool beside
 * which it works (createPool).
 *
 * @param url connection of the service role
 */
export function createWriter(url: string, given: Omit<PoolOptions, 'max'>): Writer {
  const options = { ...given, max: 1 };
  const limits = { connections: 1, depth: 1, waiting: WAITING, waitMs: CONNECT_TIMEOUT_MS };
  const pipeline = new Pipeline(opening(url, options), limits);
  const begin = beginningWith(settingColumns(options));
  return {
    counts: pipeline,
    async run(statement) {
      await begin([statement], (all) => pipeline.run(all));
    },
    noticeSilence: (error) => isSilent(error) && pipeline.dropIdle(),
    end: () => pipeline.close(),
  };
}
