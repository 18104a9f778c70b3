const HOUR_MS = 3_600_000;

/**
 * Lets some time pass, during which somebody sets the clock of this process back by an hour. What lasts for a time must end as if
 * nobody had: the clock that nobody sets, `performance.now()`, goes on. Only `Date.now()` tells the wrong time, not `new Date()`.
 *
 * @returns what gives both clocks back
 */
export function setClockBack(passedMs: number): () => void {
  const [epoch, ran] = [Date.now, performance.now];
  Date.now = () => epoch() - HOUR_MS + passedMs;
  performance.now = () => ran.call(performance) + passedMs;
  return () => {
    Date.now = epoch;
    performance.now = ran;
  };
}
