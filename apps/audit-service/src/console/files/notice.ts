/**
 * The members whose data somebody got between two days, with what and when: what a plan writes letters from after a
 * breach (45 CFR 164.404), or to warn of an app.
 */
import { csvRows, firstCsvRows } from '@patient-access/pages';
import { type AccessEvent, CARD_LINK_CLIENT_ID, OWN_CLIENT_IDS } from '@patient-access/events';
import { WITHOUT_MEMBER } from '../../columns.ts';
import { appName, asText, atMost, countsIn, eventIn, isUserinfo, USERINFO } from '../event-view.ts';
import type { KnownApp, KnownPerson, StoodUnder } from '../directory.ts';
import { CountedRequests } from './counted-requests.ts';
import { endOfCsv } from './export.ts';
import type { ConsoleEvent } from '../console-sql.ts';
import type { Filter } from '../filter.ts';
import type { Kept } from './kept.ts';
import { isToAdministrator, isToStaff, isWithoutPersons, type ShownMember } from '../shown-members.ts';

interface MemberLine {
  first: Date;
  last: Date;
  times: number;
  /** of these, answers that broke off */
  interrupted: number;
  counts: Map<string, number>;
  apps: Set<string>;
  /** who opened links to the card, as they call themselves */
  openers: Set<string>;
  /** by an app that the member had agreed to */
  chosen: boolean;
}

const CHOSEN =
  '16 CFR 318: the member chose this app. Its vendor has its own duty to notify; the plan may warn';
const NOT_CHOSEN = '45 CFR 164.404: the plan, or its business associate, notifies if this was a breach';

const HEADER = [
  'patient',
  'patient today',
  'name',
  'member number',
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

/** In the place of an app: an administrator has none. */
const ADMINISTRATION = 'administration';

/** Nobody has chosen these as an app: the plan's own pages, and whoever opened a link to a card. */
const NO_APPS: ReadonlySet<string | null> = new Set(OWN_CLIENT_IDS);

const isOfMember = ({ kind, outcome, disclosed, member }: ConsoleEvent): boolean =>
  kind === 'rest' && outcome === '0' && disclosed > 0 && member !== WITHOUT_MEMBER;

/** Adds up who is concerned: what it keeps is a line for each member. */
export class NoticeLines {
  private readonly members = new Map<string, MemberLine>();
  private readonly requests = new CountedRequests();
  private readonly interrupted = new CountedRequests();

  /** Requests of files about more members than their events name, and of files whose end is in no event. */
  readonly unlisted = new Set<string>();

  /** Requests of administrators whose events do not say of whom they were told. */
  readonly withoutPersons = new Set<string>();

  /**
   * Events that disclosed nothing are left out.
   *
   * @param shown by id of an event that is about no member, whom it told of
   */
  add(events: readonly ConsoleEvent[], shown: ReadonlyMap<string, readonly ShownMember[]>): void {
    for (const stored of events) {
      // The end of a file without an event counts too: nobody was shown, and nothing is missing.
      if (isToStaff(stored)) this.noteFile(eventIn(stored), stored.reason);
      if (isWithoutPersons(stored)) this.withoutPersons.add(eventIn(stored).requestId);
      for (const { member, counts } of shown.get(stored.id) ?? []) this.addOne(stored, member, counts);
      if (isOfMember(stored)) this.addOne(stored, stored.member, countsIn(eventIn(stored)));
      if (isUserinfo(stored)) this.addOne(stored, stored.member, USERINFO);
    }
  }

  private noteFile({ requestId, trail }: AccessEvent, reason: string | null): void {
    if (!trail) return;
    if (reason === 'stream-begun' || trail.members > trail.patients.length) this.unlisted.add(requestId);
    else this.unlisted.delete(requestId);
  }

  private addOne(stored: ConsoleEvent, member: string, counts: ReadonlyMap<string, number>): void {
    const { recorded, client, grant_id: grant } = stored;
    const line = this.members.get(member) ?? {
      ...{ first: recorded, last: recorded, times: 0, interrupted: 0, counts: new Map<string, number>() },
      ...{ apps: new Set<string>(), openers: new Set<string>(), chosen: false },
    };
    this.members.set(member, line);
    if (recorded < line.first) line.first = recorded;
    if (recorded > line.last) line.last = recorded;
    line.times += this.requests.add(stored.id, member);
    if (stored.interrupted !== null) line.interrupted += this.interrupted.add(stored.id, member);
    line.apps.add(client ?? (isToAdministrator(stored) ? ADMINISTRATION : 'unknown'));
    if (client === CARD_LINK_CLIENT_ID) line.openers.add(appName(eventIn(stored)));
    line.chosen ||= grant !== null && !NO_APPS.has(client) && stored.member !== WITHOUT_MEMBER;
    for (const [type, count] of counts) line.counts.set(type, (line.counts.get(type) ?? 0) + count);
  }

  /** Patient ids, ascending */
  get patients(): string[] {
    return [...this.members.keys()].sort();
  }

  /** client ids of those who got something */
  get recipients(): string[] {
    return [...new Set([...this.members.values()].flatMap(({ apps }) => [...apps]))];
  }

  /** @param people by Patient id @param known apps by client id, both as far as they are known @returns the lines of some members */
  rows(
    patients: readonly string[],
    people: ReadonlyMap<string, KnownPerson>,
    known: ReadonlyMap<string, KnownApp>,
  ): string {
    const nameOf = (id: string) => (known.has(id) ? `${known.get(id)?.name} (${id})` : id);
    return csvRows(
      patients.flatMap((patient) => {
        const line = this.members.get(patient);
        if (!line) return [];
        const person = people.get(patient);
        const { first, last, times, interrupted, counts, apps, openers, chosen } = line;
        const named = (id: string) =>
          id === CARD_LINK_CLIENT_ID
            ? `${CARD_LINK_CLIENT_ID}, opened by ${[...openers].sort().join(' and ')}`
            : nameOf(id);
        return [
          [
            ...[patient, person?.patient ?? patient, person?.name ?? '', (person?.numbers ?? []).join(', ')],
            ...[first, last, times, interrupted],
            ...[interrupted > 0 ? atMost(asText(counts)) : asText(counts)],
            ...[[...apps].sort().map(named).join(', '), chosen ? CHOSEN : NOT_CHOSEN],
          ],
        ];
      }),
    );
  }
}

export const noticeHeader = firstCsvRows([HEADER]);

const WHO = { client: 'app', address: 'address', login: 'login', administrator: 'administrator' } as const;

const FILES_NOT_LISTED =
  'files of the trail are about more members than their events name, or have no event of their end';
const ANSWERS_NOT_NAMED =
  'answers to administrators do not say of whom they told (an export of the plan: of everybody; a list of holds or a dead ' +
  'letter: of those in it; another one: of nobody, or its release did not record it)';

const notAll = (requests: ReadonlySet<string>, what: string, next: string): string =>
  requests.size > 0
    ? ` NOT ALL: ${requests.size} ${what}. Their requests: ${[...requests].join(', ')}.${next}`
    : '';

/** A record under the wrong Patient left under that one, and the person whose it was may have to be told. */
const ofOthers = (others: readonly StoodUnder[]): string =>
  others.length === 0
    ? ''
    : ` NOT ALL: records of others stood under some of these Patients for a time, and may have left: ${others
        .map(({ patient, under }) => `those of Patient/${patient} under Patient/${under}`)
        .join(', ')}.`;

/**
 * @param lines all of the file
 * @param known how many of the members have no name here, whose records stood under them, and what the file was made of
 */
export function endOfNotice(
  filter: Filter,
  lines: Pick<NoticeLines, 'patients' | 'unlisted' | 'withoutPersons'>,
  { unnamed, others, kept }: { unnamed: number; others: readonly StoodUnder[]; kept: Kept },
): string {
  const members = lines.patients.length;
  const { from, to, zone } = filter;
  const who = Object.entries(WHO).flatMap(([name, word]) => {
    const value = filter[name as keyof typeof WHO];
    return value === undefined ? [] : [`${word} ${value}`];
  });
  const named =
    unnamed > 0
      ? ` ${unnamed} of them have no login and no member number here: their names are not known.`
      : '';
  const more =
    notAll(lines.unlisted, FILES_NOT_LISTED, ' Each can be made again with the upto of its event.') +
    notAll(lines.withoutPersons, ANSWERS_NOT_NAMED, '') +
    ofOthers(others);
  return (
    csvRows([[NOTES]]) +
    endOfCsv(
      `Complete: ${members} members whose data was disclosed to ${who.join(', ')} from ${from} to ${to} (${zone}).${named}${more}${kept.said}`,
    )
  );
}
