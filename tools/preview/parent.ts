const POLL_MS = 500;

/**
 * A SIGTERM to npm alone ends npm and its shell, and no signal reaches this process. It notices that its parent is
 * another one.
 */
export function whenParentEnds(then: () => void): void {
  const parent = process.ppid;
  const timer = setInterval(() => {
    if (process.ppid === parent) return;
    clearInterval(timer);
    then();
  }, POLL_MS);
  timer.unref();
}
