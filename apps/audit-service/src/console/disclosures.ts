/**
 * Accounting of disclosures (45 CFR 164.528). Each disclosure has its date, recipient, content and purpose. Several
 * disclosures of one day to one recipient for one purpose are one line with their number, as 164.528(b)(3) allows. The
 * rule does not require disclosures that the member consented to. They are listed, and their purpose says so.
 */
import { csv } from '@patient-access/pages';
import { appName, asText, countsIn, eventIn, personOf } from './event-view.ts';
import type { ConsoleEvent } from './facts.ts';

export interface Disclosure {
  date: string;
  times: number;
  recipient: string;
  what: string;
  purpose: string;
}

/** The purpose of a disclosure in short: the authority under which data was disclosed (164.528(b)(2)(iv)). */
function purposeOf({ client, grant_id: grant }: ConsoleEvent): string {
  if (client === 'member-pages') return 'Access by the individual at the plan’s own pages';
  return grant === null ? 'Operation of the plan' : 'Directed by the individual: consent given to this app';
}

function recipientOf(stored: ConsoleEvent): string {
  const event = eventIn(stored);
  const person = personOf(event);
  return `${appName(event)} (${stored.client ?? 'unknown'})${person && `, for ${person}`}`;
}

function sumOf(events: readonly ConsoleEvent[]): Map<string, number> {
  const sum = new Map<string, number>();
  for (const event of events)
    for (const [type, count] of countsIn(eventIn(event))) sum.set(type, (sum.get(type) ?? 0) + count);
  return sum;
}

/**
 * @param events of one member, the oldest first; events that disclosed nothing are left out
 * @param zone the time zone of the days
 */
export function disclosuresOf(events: readonly ConsoleEvent[], zone: string): Disclosure[] {
  const day = new Intl.DateTimeFormat('en-US', { dateStyle: 'medium', timeZone: zone });
  const given = events
    .filter(({ kind, outcome, disclosed }) => kind === 'rest' && outcome === '0' && disclosed > 0)
    .map((event) => {
      const [date, recipient, purpose] = [day.format(event.recorded), recipientOf(event), purposeOf(event)];
      return { event, date, recipient, purpose };
    });
  const lines = Map.groupBy(given, ({ date, recipient, purpose }) =>
    JSON.stringify([date, recipient, purpose]),
  );
  return [...lines.values()].flatMap((same) => {
    const [first] = same;
    if (!first) return [];
    const { date, recipient, purpose } = first;
    const what = asText(sumOf(same.map(({ event }) => event)));
    return [{ date, times: same.length, recipient, what, purpose }];
  });
}

export function disclosuresCsv(all: readonly Disclosure[]): string {
  const rows = all.map(({ date, times, recipient, what, purpose }) => [
    date,
    times,
    recipient,
    what,
    purpose,
  ]);
  return csv(['date', 'times', 'recipient', 'what was disclosed', 'purpose'], rows);
}
