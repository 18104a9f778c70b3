/**
 * A service sends no request over a connection that was idle for longer, whatever the other side offers. So a service that
 * stops knows when nothing can come over the connections that are left, and closes them without failing a request.
 */
export const IDLE_MS = 2_000;

/** The same as options of an undici pool. */
export const REUSE = { keepAliveTimeout: IDLE_MS, keepAliveMaxTimeout: IDLE_MS } as const;
