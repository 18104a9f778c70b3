/** What stands still for longer than this counts as this. */
const LOOK_MS = 100;

/**
 * Among other tests this process may stand still for a second, and so does all that it asks and answers. As where requests wait
 * for their turn, such a pause is none of the product's (libs/concurrency/src/running-time.ts).
 *
 * @returns what tells for how long the process has run since, in milliseconds, and ends the clock
 */
export function runningClock(): () => number {
  let [ran, last] = [0, performance.now()];
  const look = () => {
    const now = performance.now();
    ran += Math.min(now - last, LOOK_MS);
    last = now;
  };
  const timer = setInterval(look, LOOK_MS / 4);
  return () => {
    clearInterval(timer);
    look();
    return ran;
  };
}
