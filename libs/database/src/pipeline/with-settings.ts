import { PipelinedConnection, type PipelinedStatement } from './connection.ts';
import { connectOnce } from '../lost-client.ts';
import { configOf, type PoolOptions, queryTimeoutMs } from '../pool.ts';

/** The rows of each statement of a batch. */
type Run<Row> = (statements: readonly PipelinedStatement[]) => Promise<Row[][]>;

/** @returns opens a connection; it rejects when the database cannot be reached, or does not answer */
export const opening = (url: string, options: PoolOptions) => async (): Promise<PipelinedConnection> =>
  new PipelinedConnection(await connectOnce(configOf(url, options)), queryTimeoutMs(options));

/**
 * Lets each batch begin with the settings of its pool. They are columns of the statement that the batch begins with, if that
 * sets something already. So they are no further statement of a read.
 *
 * @param columns see settingColumns
 */
export function beginningWith(columns: string) {
  const own = { name: 'settings', text: `SELECT ${columns}`, values: [] };
  return async <Row>([first, ...others]: readonly PipelinedStatement[], run: Run<Row>): Promise<Row[][]> => {
    if (!first) return [];
    if (first.sets) return run([{ ...first, text: `${first.text}, ${columns}` }, ...others]);
    return (await run([own, first, ...others])).slice(1);
  };
}
