const EVERY_MS = 20;
const WITHIN_MS = 20_000;

/** The value for which a test waits. `false` and `undefined` mean that it is not there yet. */
type Present<Value> = Exclude<Value, false | undefined>;

interface Wait {
  /** the longest time to wait; it is enough for a busy machine, and a quick one waits no longer than necessary */
  withinMs?: number;
  /** the text of the error after that time; if absent, the source of `ask` */
  failure?: () => unknown;
  /** how long to pause before the next call: longer where a call has much to do and the wait is one of seconds */
  everyMs?: number;
}

/**
 * Calls `ask` again and again until it returns what the test waits for.
 *
 * @param ask returns false or undefined if it has to be called again; an error that it throws ends the wait
 * @returns what `ask` returned last
 * @throws Error when the time is over
 */
export async function waitUntil<Value>(
  ask: () => Value | Promise<Value>,
  { withinMs = WITHIN_MS, failure = () => ask, everyMs = EVERY_MS }: Wait = {},
): Promise<Present<Value>> {
  for (const end = Date.now() + withinMs; ; await new Promise((resolve) => setTimeout(resolve, everyMs))) {
    const value = await ask();
    if (value !== false && value !== undefined) return value as Present<Value>;
    if (Date.now() > end) throw new Error(`not within ${withinMs} ms: ${failure()}`);
  }
}
