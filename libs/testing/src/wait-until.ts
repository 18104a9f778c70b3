const EVERY_MS = 20;
const WITHIN_MS = 10_000;

/** What a test waits for: `false` and `undefined` mean that it has not come yet. */
type Present<Value> = Exclude<Value, false | undefined>;

interface Wait {
  /** how long to wait at most: enough for a busy machine, as a quick one waits no longer than it has to */
  withinMs?: number;
  /** what the error says when the time is over; left out: the source of what was asked */
  failure?: () => unknown;
}

/**
 * Asks again and again until it gets what the test waits for.
 *
 * @param ask returns false or undefined as long as it is to be asked again; an error that it throws ends the wait
 * @returns what `ask` returned last
 * @throws Error when the time is over
 */
export async function waitUntil<Value>(
  ask: () => Value | Promise<Value>,
  { withinMs = WITHIN_MS, failure = () => ask }: Wait = {},
): Promise<Present<Value>> {
  for (const end = Date.now() + withinMs; ; await new Promise((resolve) => setTimeout(resolve, EVERY_MS))) {
    const value = await ask();
    if (value !== false && value !== undefined) return value as Present<Value>;
    if (Date.now() > end) throw new Error(`not within ${withinMs} ms: ${failure()}`);
  }
}
