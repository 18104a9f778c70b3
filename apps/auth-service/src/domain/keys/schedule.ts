/** When which signing key of a tenant does what. All of it follows from two times, so nothing has to be run at them. */

export interface KeyTimes {
  alg: string;
  /** from then on it signs, until a later one does; before, it is published so that caches come to know it */
  signsFrom: Date;
  /** from then on it is published no more: what it signed has expired */
  retiresAt: Date | null;
}

export type KeyState = 'next' | 'signing' | 'retiring' | 'retired';

const isRetired = ({ retiresAt }: KeyTimes, now: Date): boolean => retiresAt !== null && retiresAt <= now;
const hasStarted = ({ signsFrom }: KeyTimes, now: Date): boolean => signsFrom <= now;

/** Keys that have started first, the latest before all; then the others, the next one first. */
function bySigning(now: Date) {
  return (a: KeyTimes, b: KeyTimes): number => {
    const [started, other] = [hasStarted(a, now), hasStarted(b, now)];
    if (started !== other) return started ? -1 : 1;
    const earlier = a.signsFrom.getTime() - b.signsFrom.getTime();
    return started ? -earlier : earlier;
  };
}

/** @returns the keys to publish; of each algorithm the first one signs */
export function publishedKeys<Key extends KeyTimes>(keys: readonly Key[], now: Date): Key[] {
  return keys.filter((key) => !isRetired(key, now)).sort(bySigning(now));
}

/** @returns when {@link publishedKeys} is another list next, in milliseconds since the epoch; Infinity: never */
export function nextChange(keys: readonly KeyTimes[], now: Date): number {
  const times = keys.flatMap(({ signsFrom, retiresAt }) => [signsFrom, retiresAt ?? signsFrom]);
  return Math.min(...times.filter((time) => time > now).map((time) => time.getTime()));
}

export function keyState(key: KeyTimes, keys: readonly KeyTimes[], now: Date): KeyState {
  if (isRetired(key, now)) return 'retired';
  if (publishedKeys(keys, now).find(({ alg }) => alg === key.alg) === key) return 'signing';
  return hasStarted(key, now) ? 'retiring' : 'next';
}
