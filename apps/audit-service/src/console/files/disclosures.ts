/**
 * Accounting of disclosures (45 CFR 164.528). Each disclosure has its date, recipient, content and purpose. Several
 * disclosures of one day to one recipient for one purpose are one line with their number, as 164.528(b)(3) allows. The
 * rule does not require disclosures that the member consented to. They are listed, and their purpose says so. Answers that
 * broke off are lines of their own, which say so: at most what they name left.
 */
import { CARD_LINK_CLIENT_ID, MEMBER_PAGES_CLIENT_ID } from '@patient-access/events';
import { csvRows, firstCsvRows } from '@patient-access/pages';
import { type ActedFor, actedFor, agreedIn, actingPerson } from '../../disclosures/acted-for.ts';
import type { KnownApp } from '../directory.ts';
import { appName, asText, atMost, countsIn, eventIn, isUserinfo, personOf, USERINFO } from '../event-view.ts';
import { CountedRequests } from './counted-requests.ts';
import { endOfCsv } from './export.ts';
import type { ConsoleEvent } from '../console-sql.ts';
import type { Kept } from './kept.ts';

export interface Disclosure {
  date: string;
  times: number;
  recipient: string;
  /** as far as the plan knows one */
  address: string;
  what: string;
  purpose: string;
}

/** Who directed a disclosure, in words. */
const BY: Readonly<Record<ActedFor, string>> = {
  'the member': 'by the individual',
  'another login': 'by somebody who acts for the individual',
  nobody: 'by the individual, or by somebody who acts for the individual',
  unknown: 'by the individual, or by somebody who acts for the individual',
};

/** The purpose of a disclosure in short: the authority under which data was disclosed (164.528(b)(2)(iv)). */
function purposeOf({ client, grant_id: grant }: ConsoleEvent, whose: ActedFor): string {
  const by = BY[whose];
  if (client === MEMBER_PAGES_CLIENT_ID) return `Access ${by} at the plan’s own pages`;
  if (client === CARD_LINK_CLIENT_ID) return `Directed ${by}: a link to the insurance card`;
  return grant === null ? 'Operation of the plan' : `Directed ${by}: consent given to this app`;
}

interface Line {
  /** among those of the file */
  place: number;
  date: string;
  /** when the first of them was recorded */
  first: Date;
  /** under which Patient it was disclosed, where it is the id of a record that was merged into the member's */
  under: string | undefined;
  client: string;
  /** the app's name in the newest of the events */
  name: string;
  person: string;
  purpose: string;
  times: number;
  counts: Map<string, number>;
  interrupted: boolean;
}

const ADDRESS_UNKNOWN = 'no address known';

/** The name of an app. Of the opener of a link to a card it is what the opener calls itself. */
const recipientOf = ({ client, name, person }: Line, known: KnownApp | undefined): string =>
  client === CARD_LINK_CLIENT_ID
    ? `${name}, as it calls itself, by a link to the card (${client})${person && `, made by ${person}`}`
    : `${name || known?.name || client} (${client})${person && `, for ${person}`}`;

/** Adds up disclosures of one member, in any number: what it keeps is a line for each day and recipient. */
export class DisclosureLines {
  private readonly lines = new Map<string, Line>();
  private readonly requests = new CountedRequests();
  private readonly agreed = new Map<string, string | undefined>();
  private readonly day: Intl.DateTimeFormat;
  private readonly patient: string;

  /**
   * @param zone the time zone of the days
   * @param patient whose accounting it is; events of others are those of records that were merged into hers
   */
  constructor(zone: string, patient: string) {
    this.patient = patient;
    this.day = new Intl.DateTimeFormat('en-US', { dateStyle: 'medium', timeZone: zone });
  }

  /** @param events of consents, before what was disclosed under them is added */
  learn(events: readonly ConsoleEvent[]): void {
    for (const [grant, person] of agreedIn(events.map(eventIn))) this.agreed.set(grant, person);
  }

  /** Events that disclosed nothing are left out. */
  add(events: readonly ConsoleEvent[]): void {
    for (const stored of events)
      if (stored.kind === 'rest' && stored.outcome === '0' && stored.disclosed > 0)
        this.addOne(stored, countsIn(eventIn(stored)));
      else if (isUserinfo(stored)) this.addOne(stored, USERINFO);
  }

  private addOne(stored: ConsoleEvent, counts: ReadonlyMap<string, number>): void {
    const event = eventIn(stored);
    const [date, client] = [this.day.format(stored.recorded), stored.client ?? 'unknown'];
    const purpose = purposeOf(stored, actedFor(event, stored.member, this.agreed));
    const [person, name] = [personOf(event, actingPerson(event, this.agreed)), appName(event)];
    const interrupted = stored.interrupted !== null;
    const under = stored.member === this.patient ? undefined : stored.member;
    const opener = client === CARD_LINK_CLIENT_ID ? name : undefined;
    const key = JSON.stringify([date, client, opener, person, purpose, interrupted, under]);
    const none = {
      place: this.lines.size,
      first: stored.recorded,
      times: 0,
      counts: new Map<string, number>(),
    };
    const line = this.lines.get(key) ?? { date, under, client, name, person, purpose, interrupted, ...none };
    line.times += this.requests.add(stored.id, line.place);
    if (stored.recorded < line.first) line.first = stored.recorded;
    line.name = name;
    for (const [type, count] of counts) line.counts.set(type, (line.counts.get(type) ?? 0) + count);
    this.lines.set(key, line);
  }

  /** client ids of the recipients */
  get recipients(): string[] {
    return [...new Set([...this.lines.values()].map(({ client }) => client))];
  }

  /**
   * @param apps names and addresses that are known today; the name in an event is what the app had then
   * @returns the oldest first. Events come as they were stored, and those of a replaced Patient before the member's own
   */
  disclosures(apps: ReadonlyMap<string, KnownApp>): Disclosure[] {
    const lines = [...this.lines.values()].sort((one, other) => one.first.getTime() - other.first.getTime());
    return lines.map((line) => {
      const { date, under, times, client, counts, purpose, interrupted } = line;
      const known = apps.get(client);
      return {
        date,
        times,
        recipient: recipientOf(line, known),
        address: known?.address || ADDRESS_UNKNOWN,
        what:
          (interrupted ? `${atMost(asText(counts))}: the answer was interrupted` : asText(counts)) +
          (under === undefined ? '' : `, under the replaced Patient/${under}`),
        purpose,
      };
    });
  }
}

/** Whose accounting it is, and for which days. */
export interface AccountingHead {
  /** the plan's name */
  plan: string;
  patient: string;
  /** Patients whose records were merged into this one's */
  replaced: readonly string[];
  /** empty: no name is known here */
  name: string;
  numbers: readonly string[];
  /** first and last day, both inclusive */
  from: string;
  to: string;
  zone: string;
  kept: Kept;
}

/** The member in words. */
export const memberInEvent = ({
  name,
  patient,
  replaced,
  numbers,
}: Pick<AccountingHead, 'name' | 'patient' | 'replaced' | 'numbers'>) =>
  [
    name || 'name not known here',
    `Patient/${patient}`,
    ...numbers.map((number) => `member number ${number}`),
    ...replaced.map((each) => `with the replaced Patient/${each}`),
  ].join(', ');

export const total = (all: readonly Disclosure[]): number => all.reduce((sum, { times }) => sum + times, 0);

/** What stands at the end, so that an empty or a cut file cannot be taken for another. */
export const endOfAccounting = (head: AccountingHead, all: readonly Disclosure[]): string =>
  `Complete: ${total(all)} disclosures by ${head.plan} of ${memberInEvent(head)} from ${head.from} to ${head.to} (${head.zone}).` +
  (all.length > 0
    ? ''
    : head.kept.wholeUntil
      ? ` No disclosure was in the trail by ${head.kept.wholeUntil.toISOString()}.`
      : ' Nothing that was read is a disclosure.') +
  head.kept.said;

const COLUMNS = ['date', 'times', 'recipient', 'address of the recipient', 'what was disclosed', 'purpose'];

export const disclosuresHeader = firstCsvRows([COLUMNS]);

export const disclosuresCsv = (head: AccountingHead, all: readonly Disclosure[]): string =>
  csvRows(
    all.map(({ date, times, recipient, address, what, purpose }) => [
      ...[date, times, recipient, address],
      ...[what, purpose],
    ]),
  ) + endOfCsv(endOfAccounting(head, all));
