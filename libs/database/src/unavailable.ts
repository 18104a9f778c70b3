/**
 * SQLSTATEs of a server that cannot do its work now, whatever it was asked (PostgreSQL, appendix A): connections,
 * transactions that were rolled back, a standby, a role or database that was closed to us, resources, time-outs, faults of
 * its own.
 */
const NOT_NOW = /^(?:08|25006|28|3D|40|42501|53|55|57|58|XX)/;
/** Node's codes of connections that fail. */
const NO_CONNECTION = /^(?:ECONN|EPIPE|EHOST|ENET|ETIMEDOUT|ENOTFOUND|EAI_AGAIN|EMFILE)/;
/**
 * Codes of OpenSSL and Node for a certificate that is not believed: it has ended, or comes from an authority that the file does not
 * have yet. It is like a connection that fails, and over when somebody has renewed the one or the other.
 */
const NOT_BELIEVED =
  /^(?:CERT_|CRL_|SELF_SIGNED_|DEPTH_ZERO_|UNABLE_TO_|INVALID_CA$|INVALID_PURPOSE$|ERR_TLS_CERT_|ERR_SSL_)/;
/** What node-postgres says in words alone. */
const SAID = /timeout|terminated|connection|not queryable/i;
/** Prisma's own codes: no connection (P1…), a pool or server that is full, a transaction that has to be run again. */
const PRISMA_CODES = /^P(?:1\d{3}|2024|2034|2037|2039)$/;
/** What Prisma's adapter makes of the same. */
const PRISMA_KINDS: ReadonlySet<unknown> = new Set([
  'AuthenticationFailed',
  'ConnectionClosed',
  'DatabaseAccessDenied',
  'DatabaseDoesNotExist',
  'DatabaseNotReachable',
  'SocketTimeout',
  'TlsConnectionError',
  'TooManyConnections',
  'TransactionWriteConflict',
]);

interface DatabaseError {
  message?: string;
  code?: unknown;
  severity?: unknown;
  kind?: unknown;
  originalCode?: unknown;
  cause?: unknown;
  errors?: unknown[];
  meta?: { driverAdapterError?: unknown };
}

function saysSo({ code, message = '', severity, kind, originalCode }: DatabaseError): boolean {
  if (PRISMA_KINDS.has(kind) || NOT_NOW.test(String(originalCode ?? ''))) return true;
  const given = String(code ?? '');
  // Postgres says its SQLSTATE; its words could quote anything.
  if (severity !== undefined) return NOT_NOW.test(given);
  if (PRISMA_CODES.test(given)) return true;
  return [NO_CONNECTION, NOT_BELIEVED, NOT_NOW].some((codes) => codes.test(given)) || SAID.test(message);
}

/** @returns whether the error, or what caused it, is a database that cannot be used now; then the same request may be well later */
export function isUnavailable(error: unknown): boolean {
  if (typeof error !== 'object' || error === null) return false;
  const { cause, errors = [], meta } = error as DatabaseError;
  return saysSo(error) || [cause, ...errors, meta?.driverAdapterError].some(isUnavailable);
}
