/**
 * An answer that broke off has two records: the disclosure, which was durable before the first byte and never changes, and
 * a second one with the same request id, which says that it broke off (ADR 62). Whoever reads the first is told of the
 * second: here is how the two are found together.
 */
import { CLOCKS_DIFFER, isOfKind } from './columns.ts';

/**
 * SQL of the records of the request that a record belongs to, all of which are recorded within a day. A function of the database
 * has them, which says why.
 */
const recordsOfRequest = (row: string): string =>
  `trail.records_of_request(${row}.tenant, ${row}.id, ${row}.recorded - ${CLOCKS_DIFFER})`;

/** The gateway has no key: auth-service records for it. */
const BY_GATEWAY = 'auth-service/gateway';

/** SQL of the service that a part belongs to: `claims-service` of `claims-service/edge`. */
export const serviceIn = (column: string): string => `split_part(${column}, '/', 1)`;

/** SQL: the gateway says so, which answered for every owner. */
export const isByGateway = (row: string): string => `${row}.service = '${BY_GATEWAY}'`;

/** SQL: the edge of an owner says so, which may speak of its own answers only. */
export const isByEdge = (row: string): string => `${row}.service = ${serviceIn(`${row}.service`)} || '/edge'`;

/**
 * SQL: whoever tells that an answer broke off may know it. A service that somebody has taken over must not be able to turn
 * what another one gave away into what may not have arrived.
 */
const mayTell = (teller: string, disclosure: string): string =>
  `(${isByGateway(teller)} OR ${teller}.service = ${serviceIn(`${disclosure}.service`)} || '/edge')`;

/**
 * SQL: the row is of an answer that gave something: of records, or of what auth-service has, such as userinfo. Its client may
 * have left before it arrived.
 */
const isAnswer = (row: string): string => `${row}.kind IN ('rest', 'account') AND ${row}.outcome = '0'`;

/** SQL: is it a record that says of another one that the answer broke off? */
export const isInterruption = (row: string): string =>
  `${isOfKind(row, "'attempt'")} AND ${row}.act = 'interrupt'`;

/**
 * SQL of why the answer broke off that a row of trail.audit_event tells of; null: it did not. A page asks it of the rows
 * that it shows.
 *
 * @param row its alias @param also a condition on `i`, the other record
 */
export const interruptionOf = (row: string, also = 'true'): string =>
  `CASE WHEN ${isAnswer(row)} THEN
     (SELECT coalesce(i.reason, 'interrupted') FROM ${recordsOfRequest(row)} i
       WHERE ${isInterruption('i')} AND ${mayTell('i', row)} AND ${also} LIMIT 1) END`;

/** SQL: the row says that an answer broke off, and the disclosure `d` that it is about meets the condition. */
export const isToldElsewhere = (row: string, condition: string): string =>
  `(${isInterruption(row)} AND EXISTS (SELECT FROM ${recordsOfRequest(row)} d
     WHERE ${isAnswer('d')} AND ${mayTell(row, 'd')} AND ${condition}))`;
