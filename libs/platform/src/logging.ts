import type { LoggerService } from '@nestjs/common';
import { type Logger, pino } from 'pino';

export type { Logger };

/** A system call for every line would be a tenth of a small request. */
const BUFFER_BYTES = 8 * 1024;
const FLUSH_MS = 200;

/**
 * What may be said of an error. A database's message can quote the value it choked on; its SQLSTATE and the names of
 * table and constraint cannot. The stack is given without its first line, which repeats the message.
 */
function describeError(
  error: Error & { code?: unknown; severity?: unknown; table?: unknown; constraint?: unknown },
) {
  const stack = error.stack?.split('\n').slice(1).join('\n');
  const { code, table, constraint } = error;
  return error.severity === undefined
    ? { type: error.name, code, message: error.message, stack }
    : { type: error.name, code, table, constraint, stack };
}

/**
 * JSON lines on standard output. What a log line may hold is named here (security rule D29): no header, query
 * string or body is ever given to it.
 */
export function createLogger(service: string, level: string): Logger {
  // Lines are gathered, and written out at the latest after a moment, on a fatal one, and when the process ends.
  const destination = pino.destination({ sync: false, minLength: BUFFER_BYTES, periodicFlush: FLUSH_MS });
  return pino(
    {
      level,
      base: { service },
      timestamp: pino.stdTimeFunctions.isoTime,
      formatters: { level: (label) => ({ level: label }) },
      serializers: { err: describeError },
    },
    destination,
  );
}

/** Nest's own messages, as lines of the same log. */
export class NestLogger implements LoggerService {
  private readonly logger: Logger;

  constructor(logger: Logger) {
    this.logger = logger;
  }

  log(message: unknown, context?: string) {
    this.logger.debug({ context }, String(message));
  }
  warn(message: unknown, context?: string) {
    this.logger.warn({ context }, String(message));
  }
  error(message: unknown, stack?: string, context?: string) {
    this.logger.error({ context, stack }, String(message));
  }
}
