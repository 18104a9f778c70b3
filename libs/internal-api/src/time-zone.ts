/**
 * Is this the name of a time zone that Intl and Postgres read alike? An offset is none: `+05:00` has the opposite sign in
 * Postgres. An abbreviation is none: `CET` has no summer there.
 *
 * @param name such as America/Chicago, or UTC
 */
export function isTimeZone(name: string): boolean {
  if (!name.includes('/') && name !== 'UTC') return false;
  try {
    return new Intl.DateTimeFormat('en-US', { timeZone: name }) !== undefined;
  } catch {
    return false;
  }
}
