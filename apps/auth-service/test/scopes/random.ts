/** Random sets of scopes. A failing run can be repeated. */
import { CONDITIONS, hasParameter } from './evaluator.ts';

export interface Chance {
  below(limit: number): number;
  pick<T>(list: readonly T[]): T;
}

/** mulberry32 */
function seeded(seed: number): Chance {
  let state = seed;
  const below = (limit: number): number => {
    state = (state + 0x6d2b79f5) | 0;
    let mixed = Math.imul(state ^ (state >>> 15), 1 | state);
    mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed;
    return Math.floor((((mixed ^ (mixed >>> 14)) >>> 0) / 4_294_967_296) * limit);
  };
  return { below, pick: <T>(list: readonly T[]) => list[below(list.length)] as T };
}

/** Runs a property for this many seeds. A failure names its seed; pass it as `first` to run it alone. */
export function forSeeds(count: number, property: (chance: Chance) => void, first = 1): void {
  for (let seed = first; seed < first + count; seed += 1) {
    try {
      property(seeded(seed));
    } catch (error) {
      throw new Error(`seed ${seed}`, { cause: error });
    }
  }
}

export const times = <T>(count: number, make: () => T): T[] => Array.from({ length: count }, make);

const TYPES = ['*', 'Coverage', 'Observation', 'Goal', 'Practitioner', 'AuditEvent', 'Binary'];
const ENDINGS = ['read', 'write', '*', 'r', 's', 'rs', 'cruds', 'cr', 'cud', 'ds'];
const IDENTITY = ['openid', 'fhirUser', 'profile', 'launch/patient', 'offline_access', 'online_access'];

/** One valid resource scope whose parameters its type has. */
export function resourceScope({ below, pick }: Chance): string {
  const type = pick(TYPES);
  const ending = pick(ENDINGS);
  const known =
    type === '*' ? ['status=a', 'category=b', 'status=b'] : CONDITIONS.filter((c) => hasParameter(type, c));
  const v2 = !['read', 'write', '*'].includes(ending);
  const conditions = v2 && known.length > 0 ? times(below(4) < 2 ? 0 : below(2) + 1, () => pick(known)) : [];
  const query = conditions.length > 0 ? `?${conditions.join('&')}` : '';
  return `${pick(['patient', 'patient', 'user', 'system'])}/${type}.${ending}${query}`;
}

/** A list of scopes as an app might request, with unknown scopes among them. */
export function scopeList(chance: Chance): string {
  const { below, pick } = chance;
  const resources = times(below(6), () => resourceScope(chance));
  const others = times(below(4), () =>
    pick([...IDENTITY, 'cheese', 'patient/Nothing.rs', 'patient/VerificationResult.read']),
  );
  return [...others, ...resources].sort(() => below(2) - 0.5).join(' ');
}

const PIECES = [
  'patient',
  'user',
  '/',
  '.',
  '?',
  '&',
  '=',
  '*',
  'read',
  'rs',
  's',
  'r',
  'c',
  'Observation',
  'status',
  'a',
  ' ',
  '%',
  '%2C',
  '%ff',
  '"',
  '\\',
  ':',
  '_',
  '-',
  '0',
  '\n',
  '\t',
  '\u0000',
  'é',
  '\ud800',
  '__proto__',
  'http://smarthealthit.org/fhir/scopes/',
  'http://openid.net/specs/openid-connect-core-1_0#',
  'openid',
];

/** A list with an error: something is added, or something is missing. */
export function brokenList(chance: Chance): string {
  const { below, pick } = chance;
  if (below(4) === 0) return times(below(12), () => pick(PIECES)).join('');
  let text = scopeList(chance);
  for (let change = 0; change <= below(3); change += 1) {
    const at = below(text.length + 1);
    text = text.slice(0, at) + (below(2) ? pick(PIECES) : '') + text.slice(at + below(3));
  }
  return text;
}
