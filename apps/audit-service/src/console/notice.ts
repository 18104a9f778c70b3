/**
 * The members whose data somebody got between two days, with what and when: what a plan writes letters from after a
 * breach (45 CFR 164.404), or to warn of an app.
 */
import { csvRows } from '@patient-access/pages';
import { asText, atMost, countsIn, eventIn } from './event-view.ts';
import { endOfCsv } from './export.ts';
import type { ConsoleEvent } from './facts.ts';
import type { Filter } from './filter.ts';

interface MemberLine {
  first: Date;
  last: Date;
  times: number;
  /** of these, answers that broke off */
  interrupted: number;
  counts: Map<string, number>;
  apps: Set<string>;
  /** by an app that the member had agreed to */
  chosen: boolean;
}

const CHOSEN =
  '16 CFR 318: the member chose this app. Its vendor has its own duty to notify; the plan may warn';
const NOT_CHOSEN = '45 CFR 164.404: the plan, or its business associate, notifies if this was a breach';

const HEADER = [
  'patient',
  'name',
  'first',
  'last',
  'times',
  'of these interrupted',
  'what was disclosed',
  'to apps',
  'rule that may apply',
];
const NOTES =
  'Letters under 45 CFR 164.404 go out without unreasonable delay and at the latest 60 days after the breach was ' +
  'discovered. If an app that members chose themselves lost their data, its vendor has to notify them under 16 CFR 318 ' +
  '(FTC Health Breach Notification Rule); a letter of the plan is then a warning.';

/** Adds up who is concerned: what it keeps is a line for each member. */
export class NoticeLines {
  private readonly members = new Map<string, MemberLine>();

  /** Events that disclosed nothing, and those about no member, are left out. */
  add(events: readonly ConsoleEvent[]): void {
    for (const stored of events)
      if (stored.kind === 'rest' && stored.outcome === '0' && stored.disclosed > 0 && stored.member !== '~')
        this.addOne(stored);
  }

  private addOne(stored: ConsoleEvent): void {
    const { member, recorded, client, grant_id: grant } = stored;
    const line = this.members.get(member) ?? {
      ...{ first: recorded, last: recorded, times: 0, interrupted: 0, counts: new Map<string, number>() },
      ...{ apps: new Set<string>(), chosen: false },
    };
    this.members.set(member, line);
    if (recorded < line.first) line.first = recorded;
    if (recorded > line.last) line.last = recorded;
    line.times += 1;
    if (stored.interrupted !== null) line.interrupted += 1;
    line.apps.add(client ?? 'unknown');
    line.chosen ||= grant !== null && client !== 'member-pages';
    for (const [type, count] of countsIn(eventIn(stored)))
      line.counts.set(type, (line.counts.get(type) ?? 0) + count);
  }

  /** Patient ids, ascending */
  get patients(): string[] {
    return [...this.members.keys()].sort();
  }

  /** @param names by Patient id, as far as they are known @returns the lines of some members */
  rows(patients: readonly string[], names: ReadonlyMap<string, string>): string {
    return csvRows(
      patients.flatMap((patient) => {
        const line = this.members.get(patient);
        if (!line) return [];
        const { first, last, times, interrupted, counts, apps, chosen } = line;
        return [
          [
            ...[patient, names.get(patient) ?? '', first, last, times, interrupted],
            ...[interrupted > 0 ? atMost(asText(counts)) : asText(counts)],
            ...[[...apps].sort().join(', '), chosen ? CHOSEN : NOT_CHOSEN],
          ],
        ];
      }),
    );
  }
}

export const noticeHeader = csvRows([HEADER]);

const WHO = { client: 'app', address: 'address', login: 'login' } as const;

/** @param unnamed how many of the members have no name here */
export function endOfNotice(filter: Filter, members: number, unnamed: number): string {
  const { from, to, zone } = filter;
  const who = Object.entries(WHO).flatMap(([name, word]) => {
    const value = filter[name as keyof typeof WHO];
    return value === undefined ? [] : [`${word} ${value}`];
  });
  const named =
    unnamed > 0
      ? ` ${unnamed} of them have no login and no member number here: their names are not known.`
      : '';
  return (
    csvRows([[NOTES]]) +
    endOfCsv(
      `Complete: ${members} members whose data was disclosed to ${who.join(', ')} from ${from} to ${to} (${zone}).${named}`,
    )
  );
}
