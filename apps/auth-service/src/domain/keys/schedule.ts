/** The state of each signing key of a tenant. It follows from two stored times, so no job has to run at them. */

export interface KeyTimes {
  alg: string;
  /** from then on it signs, until a later key does; before that it is only published, so that caches have it */
  signsFrom: Date;
  /** from then on it is not published any more, because everything that it signed has expired */
  retiresAt: Date | null;
}

export type KeyState = 'next' | 'signing' | 'retiring' | 'retired';

const isRetired = ({ retiresAt }: KeyTimes, now: Date): boolean => retiresAt !== null && retiresAt <= now;
const hasStarted = ({ signsFrom }: KeyTimes, now: Date): boolean => signsFrom <= now;

/** Sorts the keys that may sign first, with the newest first. Then come the others, with the next one first. */
function bySigning(now: Date) {
  return (a: KeyTimes, b: KeyTimes): number => {
    const [started, other] = [hasStarted(a, now), hasStarted(b, now)];
    if (started !== other) return started ? -1 : 1;
    const earlier = a.signsFrom.getTime() - b.signsFrom.getTime();
    return started ? -earlier : earlier;
  };
}

/** @returns the keys to publish; the first one of each algorithm signs */
export function publishedKeys<Key extends KeyTimes>(keys: readonly Key[], now: Date): Key[] {
  return keys.filter((key) => !isRetired(key, now)).sort(bySigning(now));
}

/** @returns when {@link publishedKeys} changes next, in milliseconds since the epoch; Infinity: never */
export function nextChange(keys: readonly KeyTimes[], now: Date): number {
  const times = keys.flatMap(({ signsFrom, retiresAt }) => [signsFrom, retiresAt ?? signsFrom]);
  return Math.min(...times.filter((time) => time > now).map((time) => time.getTime()));
}

export function keyState(key: KeyTimes, keys: readonly KeyTimes[], now: Date): KeyState {
  if (isRetired(key, now)) return 'retired';
  if (publishedKeys(keys, now).find(({ alg }) => alg === key.alg) === key) return 'signing';
  return hasStarted(key, now) ? 'retiring' : 'next';
}
