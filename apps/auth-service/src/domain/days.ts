/** Days about a person, as a plan's systems send them (ISO 8601). */
import { z } from 'zod';

/** A day begins this long before it does at UTC, on the islands farthest east. */
const EARLIEST_DAY_MS = 14 * 3_600_000;
const hasBegun = (day: string): boolean =>
  day <= new Date(Date.now() + EARLIEST_DAY_MS).toISOString().slice(0, 10);

/**
 * Systems write 0001-01-01 for no date. Taken for a day, it would end a relation at once and its grants for good, and as a date of
 * birth anybody could guess it.
 */
export const KnownDay = z.iso.date().refine((day) => day >= '1000', 'is no date');
export const PastDay = KnownDay.refine(hasBegun, 'is in the future');
