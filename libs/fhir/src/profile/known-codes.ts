/** Whether a code of a system exists, where somebody has a table of the system that is complete for some years. */
import { dateSpan, saysNoDate } from '../dates.ts';
import { type ElementRule, resourceShape } from '../structure/shape.ts';

/** The first and the last day that a resource says. Empty if it says none. */
export interface SaidDates {
  first: string;
  last: string;
}

export interface KnownCodes {
  /** Is there a table of this system that is complete for some years? */
  hasTable: (system: string) => boolean;
  /**
   * @param dates asked only for a code that is not in the table, because the table may be older or newer than the code
   * @returns false for a code that does not exist; undefined if nobody knows
   */
  exists: (system: string, code: string, dates: () => SaidDates) => boolean | undefined;
}

/** Nobody knows anything. */
export const NO_KNOWN_CODES: KnownCodes = { hasTable: () => false, exists: () => undefined };

const DATES = new Set(['date', 'dateTime', 'instant']);
const DAY_LENGTH = 10;
/** What the store says of a resource is no date of its content. */
const LEFT_OUT = 'meta';

/** A month or a year reaches from its first day to its last one. */
function noteDate(text: string, dates: SaidDates): void {
  const span = saysNoDate(text) ? undefined : dateSpan(text.slice(0, DAY_LENGTH));
  if (!span) return;
  const first = span.low.slice(0, DAY_LENGTH);
  const last = new Date(Date.parse(span.high) - 1).toISOString().slice(0, DAY_LENGTH);
  if (dates.first === '' || first < dates.first) dates.first = first;
  if (last > dates.last) dates.last = last;
}

/** Follows the types, because a code or an identifier may look like a year. */
function note(value: unknown, { type, shape }: Pick<ElementRule, 'type' | 'shape'>, dates: SaidDates): void {
  if (typeof value === 'string' && DATES.has(type)) noteDate(value, dates);
  if (typeof value !== 'object' || value === null) return;
  const members = value as Record<string, unknown>;
  const { elements } = shape?.() ?? resourceShape(members['resourceType']) ?? {};
  for (const name in members) {
    const rule = name === LEFT_OUT ? undefined : elements?.get(name);
    const found = members[name];
    if (rule) for (const each of Array.isArray(found) ? found : [found]) note(each, rule, dates);
  }
}

/** @returns looks for the dates when they are first asked for, and remembers them */
export function saidDates(resource: object): () => SaidDates {
  let known: SaidDates | undefined;
  return () => {
    if (known === undefined) note(resource, { type: 'Resource' }, (known = { first: '', last: '' }));
    return known;
  };
}
