/** Injection tokens of what is no class. The services as a whole are `SHARED_SERVICES`: see `provider/shared-services.ts`. */

/** Of the configuration of auth-service. */
export const CONFIG = Symbol('configuration');

/** Of the pool of database connections. */
export const POOL = Symbol('pool');

/** Of the outbox of audit events. */
export const OUTBOX = Symbol('outbox');
