import { setTimeout as delay } from 'node:timers/promises';

const HOLD_MS = 1_000;
/** So many refusals wait at a time in one gateway. Each keeps its request in memory, with a body of up to 64 KiB. */
export const MOST_HELD = 1_000;

let held = 0;

/**
 * Waits before a refusal leaves, until one to two seconds after the request came. Whoever repeats at once what was refused
 * would otherwise keep us busy. Each waits for another time: those who came together would be refused together, come back
 * together, and every second the others would wait until all of them were refused again. Beyond {@link MOST_HELD} a refusal
 * leaves at once, because a flood that waits here would take the memory of all plans. Its connection stays open: it may be
 * the balancer's, and a new one costs us more than the answer.
 *
 * @param waitedMs for how long the request has waited already
 */
export async function holdRefusal(waitedMs = 0): Promise<void> {
  if (held >= MOST_HELD) return;
  held += 1;
  await delay(Math.max(0, HOLD_MS - waitedMs) + Math.random() * HOLD_MS);
  held -= 1;
}
