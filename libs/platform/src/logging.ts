import type { LoggerService } from '@nestjs/common';
import { type Logger, pino } from 'pino';
import { LogWriter } from './log-writer.ts';

export type { Logger };

/** Node opens it so that a pipe that is full refuses what is written, and nobody waits for whoever reads it. */
const standardOutputFd = () => process.stdout.fd;
let output: LogWriter | undefined;

/** One for all loggers of the process. The last lines are written at its end. */
function standardOutput(): LogWriter {
  if (output) return output;
  const writer = (output = new LogWriter(standardOutputFd()));
  process.once('exit', () => writer.flushSync());
  return writer;
}

/**
 * The parts of an error that a log may hold. The message of a database can quote a value; its SQLSTATE and the names
 * of table and constraint cannot. The first line of the stack is left out, because it repeats the message.
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
 * Writes JSON lines to standard output. This function names all that a log line may hold (security rule D29). It
 * never gets a header, query string or body.
 */
export function createLogger(service: string, level: string): Logger {
  const destination = standardOutput();
  const logger = pino(
    {
      level,
      base: { service },
      timestamp: pino.stdTimeFunctions.isoTime,
      formatters: { level: (label) => ({ level: label }) },
      serializers: { err: describeError },
    },
    destination,
  );
  destination.onLeftOut = (lines) =>
    logger.warn({ lines }, 'lines of the log were left out: nobody took them');
  return logger;
}

/** Writes Nest's own messages to the same log. */
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
