/**
 * Values that the population holds and the searches use. They are few, so that searches match, and they include
 * awkward ones.
 */
import type { Interval } from './intervals.ts';
import type { SeededRandom } from '@patient-access/testing';

export interface When {
  text: string;
  span: Interval;
}

const pad = (number: number, digits = 2) => String(number).padStart(digits, '0');

/** A date of any precision between 2024 and 2026, and the span of time that it stands for. */
export function someDate({ below, pick }: SeededRandom): When {
  const [year, month, day] = [2024 + below(3), below(3) + 1, pick([1, 28, 29, 15])];
  const legal = month === 2 && year !== 2024 ? Math.min(day, 28) : day;
  const [hour, minute, second, offset] = [pick([0, 23]), pick([0, 30, 59]), pick([0, 59]), pick([0, -5, 14])];
  const from = (...parts: [number, number, number?, number?, number?, number?, number?]) =>
    Date.UTC(...parts);
  const until = (text: string, low: number, high: number): When => ({
    text,
    span: { low, high, ends: '[)' },
  });
  const [date, time] = [`${year}-${pad(month)}-${pad(legal)}`, `${pad(hour)}:${pad(minute)}`];
  const zone =
    offset === 0 ? pick(['Z', '', '+00:00']) : `${offset < 0 ? '-' : '+'}${pad(Math.abs(offset))}:00`;
  const instant = from(year, month - 1, legal, hour - offset, minute);
  switch (below(6)) {
    case 0:
      return until(String(year), from(year, 0), from(year + 1, 0));
    case 1:
      return until(`${year}-${pad(month)}`, from(year, month - 1), from(year, month));
    case 2:
      return until(date, from(year, month - 1, legal), from(year, month - 1, legal + 1));
    case 3:
      return until(`${date}T${time}${zone}`, instant, instant + 60_000);
    case 4: {
      const low = instant + second * 1_000;
      return until(`${date}T${time}:${pad(second)}${zone}`, low, low + 1_000);
    }
    default: {
      const low = instant + second * 1_000 + 250;
      return until(`${date}T${time}:${pad(second)}.250${zone}`, low, low + 1);
    }
  }
}

/** Numbers are compared as whole multiples of one part of this many. */
const UNITS_PER_ONE = 10_000;

export interface Amount {
  text: string;
  /** in ten-thousandths */
  units: number;
  half: number;
}

/** A number near five. It may have superfluous decimals or an exponent. */
export function someNumber({ below, pick }: SeededRandom): Amount {
  const decimals = below(3);
  const digits = pick([45, 49, 50, 51, 54, 55, 500, 505, -50, 0, 5, 40]);
  const units = digits * 10 ** (4 - decimals);
  const half = (10 ** -decimals / 2) * UNITS_PER_ONE;
  const sign = digits < 0 ? '-' : '';
  const whole = String(Math.abs(digits)).padStart(decimals + 1, '0');
  const at = whole.length - decimals;
  const plain = `${sign}${whole.slice(0, at)}${decimals > 0 ? `.${whole.slice(at)}` : ''}`;
  return { text: decimals > 0 && below(4) === 0 ? `${digits}e-${decimals}` : plain, units, half };
}

export const SYSTEMS = ['http://loinc.org', 'urn:oid:1.2.3', 'http://plan.example/s'];
export const CODES = ['A', 'a', 'A1', 'x,y', 'p|q', 'd$e', 'back\\slash', '100%_'];
export const TYPE_CODES = ['MR', 'MB'];
export const NAMES = [
  'García',
  'Garcia',
  'GARCÍA-López',
  'Zoë',
  'O’Brien',
  "O'Brien, Jr",
  '100%_x',
  'Ångström',
  'Åse',
  'Ana  María ',
];
export const UNITS = ['mg', 'mmol', '%'];
export const CANONICALS = ['http://plan.example/q', 'http://plan.example/q2'];
export const VERSIONS = ['1.0', '2.0'];
export const OTHER_SERVER = 'https://other.example/fhir';
