import type { SessionContext } from './session-context.ts';

/** A time in the plan's time zone, as the member reads it. */
export function momentOf({ server, texts }: SessionContext, at: Date): string {
  const { timeZone } = server.tenant.settings;
  return new Intl.DateTimeFormat(texts.locale, { dateStyle: 'long', timeStyle: 'short', timeZone }).format(
    at,
  );
}

/** The day of a time, as the member reads it within a sentence. */
export function dateAlone({ server, texts }: SessionContext, at: Date): string {
  const { timeZone } = server.tenant.settings;
  return new Intl.DateTimeFormat(texts.locale, { dateStyle: 'long', timeZone }).format(at);
}
