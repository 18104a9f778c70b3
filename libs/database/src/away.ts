import pg from 'pg';

const TIMEOUT_MS = 2_000;
/**
 * SQLSTATEs of a server that takes no connections yet, or no more (PostgreSQL, appendix A): connections (08), resources (53,
 * such as too many clients), and a server that starts or stops (57P01 to 57P03).
 */
const TAKES_NONE = /^(?:08|53|57P0[123])/;
/** Node's codes of a server or a name that is not there. */
const NOT_THERE = /^(?:ECONN|EPIPE|EHOST|ENET|ETIMEDOUT|ENOTFOUND|EAI_AGAIN)/;
/** What node-postgres says in words alone. */
const SAID = /^(?:timeout expired|Query read timeout|Connection terminated\b)/;

/** PgBouncer has for a wrong password the SQLSTATE of a connection that fails (08P01). */
const REFUSED = /authentication failed/;

/**
 * A certificate that is not believed is none of these, although a request is answered with 503 then (unavailable.ts). At a start
 * a setting may be wrong (`sslrootcert`, the host), for which it does not help to wait. So the start ends and says why.
 */
const isAway = ({ code = '', message }: Error & { code?: string }): boolean =>
  !REFUSED.test(message) && (TAKES_NONE.test(code) || NOT_THERE.test(code) || SAID.test(message));

/** An error of several addresses of one name has no message of its own. */
const reasonOf = (error: Error): string =>
  error instanceof AggregateError
    ? error.errors.map(({ message }: Error) => message).join('; ')
    : error.message;

async function whyOneIsAway(url: string): Promise<string | undefined> {
  const client = new pg.Client({
    connectionString: url,
    connectionTimeoutMillis: TIMEOUT_MS,
    query_timeout: TIMEOUT_MS,
  });
  // The end of a connection that was never used is nobody's concern.
  client.on('error', () => undefined);
  try {
    await client.connect();
    // A pooler takes connections although its Postgres is away.
    await client.query('SELECT');
  } catch (error) {
    void client.end().catch(() => undefined);
    if (!isAway(error as Error)) throw error;
    return reasonOf(error as Error);
  }
  await client.end();
  return undefined;
}

/**
 * Tries connections that a service needs.
 *
 * @returns why the database takes no connections now, so that it helps to wait; undefined when it does
 * @throws Error when it does not help to wait, such as for a wrong password
 */
export async function whyDatabaseIsAway(...urls: readonly string[]): Promise<string | undefined> {
  for (const url of urls) {
    const reason = await whyOneIsAway(url);
    if (reason !== undefined) return reason;
  }
  return undefined;
}
