/**
 * A server that says nothing, as when its node has lost its power or its network. Whoever waits for an answer notices it by a
 * deadline. The other connections of the pool lead to the same server, and nobody has asked there yet: each of them would cost a
 * further request its deadline, although the address may lead to a new primary by then.
 */
import type pg from 'pg';

/** What node-postgres says when a deadline for an answer has passed. */
const SILENT = 'Query read timeout';

/** The part of node-postgres that its types do not name. */
interface Wire {
  connection: { stream: { destroy(error: Error): void } };
}

/** @returns whether the server has not answered in time */
export const isSilent = (error: unknown): boolean => error instanceof Error && error.message === SILENT;

/** @returns the error of a connection whose server has not answered in time */
export const silentServer = (): Error => new Error(SILENT);

/** The connections of each pool that nobody uses. */
const idleOf = new WeakMap<pg.Pool, Set<pg.PoolClient>>();

/** Closes idle connections of a pool. @param isMeant whether it closes this one @param reason makes what the pool emits for it */
export function dropIdle(
  pool: pg.Pool,
  isMeant: (client: pg.PoolClient) => boolean,
  reason: () => Error,
): void {
  // The pool removes a connection that breaks. It is not ended in order, for which the server would have to answer.
  for (const client of idleOf.get(pool) ?? [])
    if (isMeant(client)) (client as unknown as Wire).connection.stream.destroy(reason());
}

/** Closes the idle connections of a pool, if an error says that their server has not answered somebody in time. */
export function noticeSilence(pool: pg.Pool, error: unknown): void {
  if (isSilent(error)) dropIdle(pool, () => true, silentServer);
}

/** Lets a pool notice when the server of one of its connections has not answered in time. */
export function listenForSilence(pool: pg.Pool): void {
  const idle = new Set<pg.PoolClient>();
  idleOf.set(pool, idle);
  pool.on('acquire', (client) => idle.delete(client));
  pool.on('remove', (client) => idle.delete(client));
  pool.on('release', (error, client) => (error ? noticeSilence(pool, error) : void idle.add(client)));
}
