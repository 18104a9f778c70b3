import type { Logger } from '../logging.ts';

/**
 * Ends the process at once when it is asked to. A container's first process gets no signal that it does not listen to: whoever
 * asked would wait until the process is killed.
 *
 * @param logger is asked for when a signal comes
 * @returns lets the signals be, as soon as somebody else listens to them
 */
export function endOnSignal(logger: () => Logger): () => void {
  const end = (signal: NodeJS.Signals) => {
    logger().info({ signal }, 'stopped before the start');
    process.exit(0);
  };
  process.once('SIGTERM', end).once('SIGINT', end);
  return () => void process.off('SIGTERM', end).off('SIGINT', end);
}
