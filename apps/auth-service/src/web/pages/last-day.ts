/** @returns the last day that is whole before an instant at which something ends at midnight */
export function lastDayBefore(
  endsAt: string,
  { locale, timeZone }: { locale: string; timeZone: string },
): string {
  return new Intl.DateTimeFormat(locale, { dateStyle: 'long', timeZone }).format(Date.parse(endsAt) - 1);
}
