/**
 * How Postgres notices that the other end of a session is gone without a word, as when a node loses its power or its network. Until
 * then the session keeps its locks and its transaction: nobody else delivers what the dead process recorded, an import waits for
 * the members of another one that is dead, and a migration waits too. Linux takes more than two hours for a connection on which
 * nothing is sent, and a quarter of an hour for an answer that nobody acknowledges. Each session says it for itself, whatever the
 * settings of the server are (ADR 144).
 */
import pg from 'pg';
import { believeOnlyServer, listenToServer } from './read-only-server.ts';

/** In seconds, when Postgres has noticed it at the latest: ten of silence, and three questions. */
export const LOST_AFTER_SECONDS = 25;

const SETTINGS = {
  // After ten seconds in which nothing came Postgres asks, every five seconds, and gives up after three questions.
  tcp_keepalives_idle: 10,
  tcp_keepalives_interval: 5,
  tcp_keepalives_count: 3,
  // The same for what was sent, in milliseconds.
  tcp_user_timeout: LOST_AFTER_SECONDS * 1000,
};

/**
 * The first statement of a session. It is for the session, and not for a transaction as all other settings are (settings.ts). It
 * returns the `pid` of the session.
 */
export const NOTICE_LOST_CLIENT = `SELECT ${Object.entries(SETTINGS)
  .map(([name, value]) => `set_config('${name}', '${value}', false)`)
  .join(', ')}, pg_backend_pid() AS pid`;

/**
 * @param config its URL, or more than that
 * @returns one connection that belongs to no pool of node-postgres
 * @throws Error when the database cannot be reached, or does not answer
 */
export async function connectOnce(config: string | pg.ClientConfig): Promise<pg.Client> {
  const client = new pg.Client(config);
  listenToServer(client);
  // A connection that breaks makes the next statement fail. Without a listener it would end the process.
  client.on('error', () => undefined);
  try {
    await client.connect();
    const { rows } = await client.query<{ pid: number }>(NOTICE_LOST_CLIENT);
    believeOnlyServer(client, rows[0]?.pid);
  } catch (error) {
    // A statement without an answer in time leaves its connection open, and nobody counts it.
    void client.end().catch(() => undefined);
    throw error;
  }
  return client;
}
