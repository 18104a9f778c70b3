/** A time is counted in so many steps. */
const STEPS = 10;
/** A step that took longer than so many counts as so many. */
const MOST_STEPS = 2;

/**
 * Acts after a time in which this process ran. While it stands still, because the machine has no processor for it or other
 * work blocks it, what somebody waits for cannot happen either, and a timer of the whole time would take that for a long
 * wait. So a pause counts as a fifth of the time at most.
 *
 * @returns what prevents it
 */
export function afterRunningTime(ms: number, act: () => void): () => void {
  const step = ms / STEPS;
  let left = ms;
  let timer: NodeJS.Timeout;
  const next = () => {
    const since = performance.now();
    timer = setTimeout(
      () => {
        left -= Math.min(performance.now() - since, MOST_STEPS * step);
        if (left > 0) next();
        else act();
      },
      Math.min(step, left),
    );
  };
  next();
  return () => clearTimeout(timer);
}
