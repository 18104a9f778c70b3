/** Dates and amounts as members read them. */
import { saysNoDate } from '../../dates.ts';
import { type ToldMoney, numberOf, type ToldPeriod } from './facts.ts';
import type { Sentence } from './sentence.ts';

const LOCALES = { en: 'en-US', es: 'es-US' } as const;

const days = {
  en: new Intl.DateTimeFormat(LOCALES.en, { dateStyle: 'long', timeZone: 'UTC' }),
  es: new Intl.DateTimeFormat(LOCALES.es, { dateStyle: 'long', timeZone: 'UTC' }),
};

const inBoth = (text: (language: 'en' | 'es') => string): Sentence => ({ en: text('en'), es: text('es') });

/**
 * The day of a date or an instant, as it was written there. A month or a year alone stays as it is.
 *
 * @returns undefined for what stands for no date
 */
export function dayWords(time: string): Sentence | undefined {
  if (saysNoDate(time)) return undefined;
  const day = time.slice(0, 10);
  if (day.length < 10) return inBoth(() => day);
  const at = new Date(`${day}T00:00:00Z`);
  return inBoth((language) => days[language].format(at));
}

/** When something was: on a day, or from one to another. */
export function whenWords({ start, end }: ToldPeriod): Sentence | undefined {
  const [first, last] = [start ?? end, end ?? start];
  if (first === undefined || last === undefined) return undefined;
  const [from, to] = [dayWords(first), dayWords(last)];
  if (!from) return to && { en: `until ${to.en}`, es: `hasta el ${to.es}` };
  if (!to) return { en: `from ${from.en}`, es: `desde el ${from.es}` };
  if (first.slice(0, 10) === last.slice(0, 10)) return { en: `on ${from.en}`, es: `el ${from.es}` };
  return { en: `from ${from.en} to ${to.en}`, es: `del ${from.es} al ${to.es}` };
}

const formats = new Map<string, Record<'en' | 'es', Intl.NumberFormat>>();

function formatsOf(currency: string) {
  const style = { style: 'currency', currency } as const;
  const found = formats.get(currency) ?? {
    en: new Intl.NumberFormat(LOCALES.en, style),
    es: new Intl.NumberFormat(LOCALES.es, style),
  };
  formats.set(currency, found);
  return found;
}

/** @returns undefined for an amount without a number */
export function moneyWords({ value, currency = 'USD' }: ToldMoney): Sentence | undefined {
  const number = numberOf(value);
  if (number === undefined) return undefined;
  if (!/^[A-Z]{3}$/.test(currency)) return inBoth(() => String(number));
  return inBoth((language) => formatsOf(currency)[language].format(number));
}

const DAY_MS = 86_400_000;

/** @returns the day so many days after another one; undefined if one of them is no whole date, or stands for none */
export function daysAfter(time: string | undefined, count: number): Sentence | undefined {
  if (time === undefined || time.length < 10 || saysNoDate(time)) return undefined;
  const at = new Date(Date.parse(`${time.slice(0, 10)}T00:00:00Z`) + count * DAY_MS);
  return dayWords(at.toISOString());
}
