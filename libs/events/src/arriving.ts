/**
 * What is taken into the trail. It is less than what is read of what is stored: a signed record stays what it was when its
 * form had fewer limits, and nobody can take it out, or write it anew.
 */
import { type AccessEvent, isReadable, eventOrReason, type RecordedEvent } from './access-event.ts';
import { oneLine } from './one-line.ts';

/** Postgres rounds what is finer than its column, and cuts nothing off, as `Date` does: so nothing finer comes in. */
const isMoment = (text: string): boolean => new Date(text).toISOString() === text;

/** An issuer, and a person as a reference that may be absolute. auth-service takes no longer issuer of a plan. */
export const MAX_ISSUER_CHARACTERS = 2_048;
/** A subject has 255 characters at most (OpenID Connect Core section 2). It stands in an index. */
const MAX_SUBJECT_CHARACTERS = 512;
/** A type, and an id of 64 characters. */
const MAX_REFERENCE_CHARACTERS = 256;

/** A type, as the event's own `type` has it. */
const MAX_TYPE_CHARACTERS = 64;
/** Beyond any number that a service counts, and so small that their sums are numbers too. */
export const MAX_COUNTED = 10_000_000_000;
/** A code, which may stand in an AuditEvent: it has no white space and no control character. */
export const REASON = /^[^\s\p{Cc}]*$/u;

/** The most characters of texts that are read without a limit where they are stored. */
const TEXTS: readonly [name: string, maximum: number, of: (event: AccessEvent) => string | undefined][] = [
  ['user.iss', MAX_ISSUER_CHARACTERS, ({ user }) => user?.iss],
  ['user.sub', MAX_SUBJECT_CHARACTERS, ({ user }) => user?.sub],
  ['user.fhirUser', MAX_ISSUER_CHARACTERS, ({ user }) => user?.fhirUser],
  ['resource.reference', MAX_REFERENCE_CHARACTERS, ({ resource }) => resource?.reference],
  ['resource.version', MAX_REFERENCE_CHARACTERS, ({ resource }) => resource?.version],
];

/** @returns what of an event no service of ours writes; undefined: nothing */
function beyondLimits(event: AccessEvent): string | undefined {
  if (!isMoment(event.recorded)) return 'recorded: not written as milliseconds, UTC';
  for (const [name, maximum, of] of TEXTS)
    if ((of(event)?.length ?? 0) > maximum) return `${name}: longer than ${maximum} characters`;
  if (event.reason !== undefined && !REASON.test(event.reason)) return 'reason: no code';
  for (const type in event.counts)
    if (type.length > MAX_TYPE_CHARACTERS)
      return `counts: a name longer than ${MAX_TYPE_CHARACTERS} characters`;
  const counted = Object.values(event.counts ?? {}).concat(event.count ?? 0);
  return counted.some((count) => count > MAX_COUNTED) ? `a count above ${MAX_COUNTED}` : undefined;
}

/**
 * Reads a record that arrives. Queries read the same text as JSON of Postgres, which says something else of a name that
 * comes twice, and refuses `1e3` as a whole number. So only what `recordOf` writes is taken in.
 *
 * @returns the event, or the reason why the text is none (for the dead letters)
 */
export function parseArriving(text: string): { event: RecordedEvent } | { invalid: string } {
  const parsed = eventOrReason(text);
  if ('invalid' in parsed) return parsed;
  // Records from before U+2028 was escaped may still wait in an outbox.
  if (oneLine(JSON.stringify(parsed.json)) !== oneLine(text))
    return { invalid: 'not written as a record is' };
  if (!isReadable(text)) return { invalid: 'U+0000 or half of a surrogate pair' };
  const invalid = beyondLimits(parsed.event);
  return invalid === undefined ? { event: parsed.event } : { invalid };
}
