/**
 * A connection to a server that takes no writes is soon left, so that the next one finds the primary. After a failover the name of
 * the primary may lead for a moment to the old one, which is a standby by then or was set to read only. And a role that was allowed
 * to write again may do so only in new sessions. A pool would otherwise ask there for as long as it is used, and show what is old
 * (ADR 154).
 */
import type pg from 'pg';

/** A server tells of both at the login, and when one changes (PostgreSQL, the settings that are reported). */
const REFUSES_WRITES: ReadonlySet<string> = new Set(['in_hot_standby', 'default_transaction_read_only']);
/** So long it is used all the same: while there is no other server, requests must not open a connection each. */
const USED_MS = 2_000;

interface Server {
  /** when the connection was begun, in milliseconds since the process started */
  since: number;
  /** the settings for which it takes no writes */
  readonly reasons: Set<string>;
}

const servers = new WeakMap<pg.ClientBase, Server>();

/** Takes what the server of a connection tells of one of its settings. */
export function toldBy(client: pg.ClientBase, setting: string, value: string): void {
  if (!REFUSES_WRITES.has(setting)) return;
  const reasons = servers.get(client)?.reasons;
  if (value === 'on') reasons?.add(setting);
  else reasons?.delete(setting);
}

/** The part of node-postgres that its types do not name. */
interface Told {
  connection: {
    on(
      event: 'parameterStatus',
      listener: (told: { parameterName: string; parameterValue: string }) => void,
    ): void;
  };
}

/** Listens to what the server of a connection tells. @param client not connected yet */
export function listenToServer(client: pg.ClientBase): void {
  servers.set(client, { since: performance.now(), reasons: new Set() });
  (client as unknown as Told).connection.on('parameterStatus', ({ parameterName, parameterValue }) =>
    toldBy(client, parameterName, parameterValue),
  );
}

/**
 * Leaves out what a pooler tells: at a login it repeats what it was told at its own first one, however long ago that was, and a
 * new connection to it leads to no other server.
 *
 * @param pid of the process that answers statements; a pooler names another one at the login
 */
export function believeOnlyServer(client: pg.ClientBase, pid: number | undefined): void {
  if ((client as unknown as { processID: number }).processID !== pid) servers.delete(client);
}

/** @returns whether a connection is not to be used again, because its server takes no writes */
export function isToBeLeft(client: pg.ClientBase): boolean {
  const server = servers.get(client);
  return server !== undefined && server.reasons.size > 0 && performance.now() - server.since > USED_MS;
}
