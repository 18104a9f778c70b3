/** The files that an auditor can download. All of them are streamed, and say at their end that it is the end. */
import { invalid } from '@patient-access/fhir';
import { WITHOUT_MEMBER } from '../../columns.ts';
import type { Ask } from '../ask.ts';
import type { ChainState } from '../chain-state.ts';
import type { NameDirectory, StoodUnder } from '../directory.ts';
import { type AccountingHead, DisclosureLines, disclosuresCsv, disclosuresHeader } from './disclosures.ts';
import { disclosuresPdf } from './disclosures-pdf.ts';
import { allEndedTokens, EndedTokenRows } from '../questions/ended-tokens.ts';
import { complete, CSV, endOfCsv, type EventsFormat, INCOMPLETE, NDJSON } from './export.ts';
import { anyOf, type ConsoleEvent } from '../console-sql.ts';
import { FILE_PERIOD, type Filter, filterOf, type Query, SIX_YEARS } from '../filter.ts';
import { keptOf } from './kept.ts';
import { requireKnown } from '../require-known.ts';
import { endOfNotice, noticeHeader, NoticeLines } from './notice.ts';
import { eventsOf, headsOf, uptoOf } from '../scan.ts';
import { shownBy } from '../shown-members.ts';
import type { Undelivered } from '../undelivered.ts';

/** A filter that always has the same events. */
type WholeFilter = Filter & { upto: string };

interface Counted {
  /** number of events */
  events: number;
  /** Patient ids of those whom the events are about */
  members: Set<string>;
}

export interface Download {
  type: string;
  /** the file, piece by piece */
  pieces: AsyncIterable<string | Buffer>;
  /** what the file was made of so far */
  counted: Counted;
  /** what it was made of, and where each lane ended for it: the same file can be made again */
  filter: WholeFilter;
  /** what stands at the end of a file that breaks off; undefined for a form that has no room for it */
  brokenOff?: string;
  /** what may stand between two pieces of it, and says nothing; undefined for a form that has no such thing */
  meanwhile?: string;
}

export interface DownloadInput {
  tenant: string;
  query: Query;
  ask: Ask;
  directory: NameDirectory;
  /** private key of the checkpoints, PEM */
  signingKey: string;
  chains: ChainState;
  undelivered: Undelivered;
}

export type File = (asked: DownloadInput) => Promise<Download>;

const ACCOUNTING_PERIOD = { usual: SIX_YEARS, most: SIX_YEARS };
/** A consent may be older than the period, and may reach the trail after the first answer under it. */
const CONSENTS = { from: '1970-01-01', action: 'consent' };
/** Members whose names are looked up at once. */
const AT_ONCE = 500;

const nothingYet = (): Counted => ({ events: 0, members: new Set() });

async function* counting(events: AsyncIterable<ConsoleEvent[]>, counted: Counted) {
  for await (const some of events) {
    counted.events += some.length;
    for (const { member } of some) if (member !== WITHOUT_MEMBER) counted.members.add(member);
    yield some;
  }
}

/** What a file is made of: it ends where the lanes end now, unless the address says where. */
async function wholeOf(asked: DownloadInput, given: Filter): Promise<WholeFilter> {
  const { tenant, ask } = asked;
  const filter = await requireKnown(asked, given);
  return { ...filter, upto: filter.upto ?? uptoOf(await headsOf(ask, tenant)) };
}

const eventsFile =
  (format: EventsFormat): File =>
  async (asked) => {
    const { tenant, query, ask } = asked;
    const filter = await wholeOf(asked, filterOf(query, FILE_PERIOD));
    const [counted, kept] = [nothingYet(), await keptOf(asked, filter)];
    async function* pieces() {
      yield format.head;
      for await (const some of counting(eventsOf(ask, tenant, filter), counted)) yield format.of(some);
      yield format.end(complete(counted.events, filter, kept), kept.wholeUntil ? 'whole' : 'not-all');
    }
    return {
      type: format.type,
      pieces: pieces(),
      counted,
      filter,
      brokenOff: format.end(INCOMPLETE, 'cut'),
    };
  };

/** An accounting is about one member. @throws OperationError 400 when the filter has none */
function memberIn({ member }: Filter): string {
  if (member === undefined)
    throw invalid('patient: required, because an accounting is about one member.', 'patient');
  return member;
}

const accounting =
  (write: 'csv' | 'pdf'): File =>
  async (asked) => {
    const { tenant, query, ask, directory } = asked;
    const filter = filterOf(query, ACCOUNTING_PERIOD);
    const upto = filter.upto ?? uptoOf(await headsOf(ask, tenant));
    const patient = memberIn(filter);
    const hasEvents = async () => (await ask(anyOf(tenant, patient))).length > 0;
    const { name, numbers, plan, replaced, stoodElsewhere } = await directory.member(patient, hasEvents);
    const { from, to, zone } = filter;
    const made = { from, to, zone, member: patient, upto };
    const kept = await keptOf(asked, made, { replaced, stoodElsewhere });
    const head: AccountingHead = { plan, patient, replaced, name, numbers, from, to, zone, kept };
    const counted = nothingYet();
    async function read() {
      const lines = new DisclosureLines(zone, patient);
      // The trail stays as it was written: what left before a merge stands under the id of then.
      const ids = [...replaced, patient];
      for (const member of ids)
        for await (const some of eventsOf(ask, tenant, { ...made, ...CONSENTS, member })) lines.learn(some);
      for (const member of ids) {
        const events = eventsOf(ask, tenant, { ...made, member });
        for await (const some of counting(events, counted)) lines.add(some);
      }
      return lines.disclosures(await directory.apps(lines.recipients));
    }
    async function* csvPieces() {
      yield disclosuresHeader;
      yield disclosuresCsv(head, await read());
    }
    async function* pdfPieces() {
      yield* disclosuresPdf(head, await read());
    }
    if (write === 'pdf') return { type: 'application/pdf', pieces: pdfPieces(), counted, filter: made };
    return { type: CSV.type, pieces: csvPieces(), counted, filter: made, brokenOff: endOfCsv(INCOMPLETE) };
  };

/** By one of these a notice would leave out members whose data left, or all of them. */
const NOT_OF_NOTICE = ['patient', 'outcome', 'action', 'reason', 'request', 'resource'] as const;

const notice: File = async (asked) => {
  const { tenant, query, ask, directory } = asked;
  const given = filterOf(query, FILE_PERIOD);
  if (!given.client && !given.address && !given.login && !given.administrator)
    throw invalid('app: required, or an address, a login or an administrator: who got the data.', 'app');
  const beyond = NOT_OF_NOTICE.find((parameter) => query.has(parameter));
  if (beyond) throw invalid(`${beyond}: a notice is about everybody whose data left.`, beyond);
  const filter = await wholeOf(asked, given);
  const [counted, kept] = [nothingYet(), await keptOf(asked, filter)];
  async function* pieces() {
    yield noticeHeader;
    const lines = new NoticeLines();
    for await (const some of counting(eventsOf(ask, tenant, filter), counted))
      lines.add(some, await shownBy(ask, tenant, some));
    const { patients } = lines;
    for (const patient of patients) counted.members.add(patient);
    const apps = await directory.apps(lines.recipients);
    const others: StoodUnder[] = [];
    let unnamed = 0;
    for (let at = 0; at < patients.length; at += AT_ONCE) {
      const some = patients.slice(at, at + AT_ONCE);
      const { people, others: under } = await directory.today(some);
      others.push(...under);
      unnamed += some.filter((patient) => !people.get(patient)?.name).length;
      yield lines.rows(some, people, apps);
    }
    yield endOfNotice(given, lines, { unnamed, others, kept });
  }
  return { type: CSV.type, pieces: pieces(), counted, filter, brokenOff: endOfCsv(INCOMPLETE) };
};

const endedTokens: File = async (asked) => {
  const { tenant, query, ask } = asked;
  const given = await wholeOf(asked, filterOf(query, FILE_PERIOD));
  const [counted, kept] = [nothingYet(), await keptOf(asked, given)];
  async function* pieces() {
    const rows = new EndedTokenRows();
    yield rows.head;
    for await (const some of counting(allEndedTokens(ask, tenant, given), counted)) yield rows.of(some);
    yield rows.end(given, kept);
  }
  return { type: CSV.type, pieces: pieces(), counted, filter: given, brokenOff: endOfCsv(INCOMPLETE) };
};

/** By file name. The manifest of them is a file too (manifest-file.ts). */
export const SIGNED_FILES: ReadonlyMap<string, File> = new Map([
  ['events.csv', eventsFile(CSV)],
  ['events.ndjson', eventsFile(NDJSON)],
  ['disclosures.csv', accounting('csv')],
  ['disclosures.pdf', accounting('pdf')],
  ['notice.csv', notice],
  ['ended-tokens.csv', endedTokens],
]);
