import type { SessionContext } from './session-context.ts';

/** As long as a date and a time are elsewhere, and with the zone. */
const MOMENT: Intl.DateTimeFormatOptions = {
  year: 'numeric',
  month: 'long',
  day: 'numeric',
  hour: 'numeric',
  minute: '2-digit',
  timeZoneName: 'short',
};

/** A time in the plan's time zone, as the member reads it. It names the zone, because she may live in another one. */
export function momentOf({ server, texts }: SessionContext, at: Date): string {
  const { timeZone } = server.tenant.settings;
  return new Intl.DateTimeFormat(texts.locale, { ...MOMENT, timeZone }).format(at);
}

/** The day of a time, as the member reads it within a sentence. */
export function dateAlone({ server, texts }: SessionContext, at: Date): string {
  const { timeZone } = server.tenant.settings;
  return new Intl.DateTimeFormat(texts.locale, { dateStyle: 'long', timeZone }).format(at);
}
