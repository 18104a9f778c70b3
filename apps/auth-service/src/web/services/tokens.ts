/**
 * Injection tokens for values that are not classes. `provider/shared-services.ts` has the token of all services
 * together.
 */

/** Of the configuration of auth-service. */
export const CONFIG = Symbol('configuration');

/** Of the pool of database connections. */
export const POOL = Symbol('pool');

/** Of the outbox of audit events. */
export const OUTBOX = Symbol('outbox');
