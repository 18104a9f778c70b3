/**
 * The exports of the console: the events of a filter up to the ends of the chains, as CSV and NDJSON, each ending with a
 * line that says that nothing is missing. The trail only grows, so the same address always gives the same events.
 */
import { csvRows, firstCsvRows } from '@patient-access/pages';
import { auditEventBody } from '../../stored-event.ts';
import { appName, countsOf, eventIn, outcomeOf, personOf, requestOf, requestsIn } from '../event-view.ts';
import type { ConsoleEvent } from '../console-sql.ts';
import { type Filter, filterInWords } from '../filter.ts';
import type { Kept } from './kept.ts';

const HEADER = [
  'lane',
  'sequence',
  'recorded',
  'stored',
  'id',
  'request',
  'patient',
  'kind',
  'act',
  'outcome',
  'reason',
  'service',
  'app',
  'app name',
  'person',
  'grant',
  'address',
  'disclosed',
  'resources',
  'asked',
  'times',
];

function csvRow(stored: ConsoleEvent) {
  const event = eventIn(stored);
  return [
    stored.lane,
    stored.seq,
    stored.recorded,
    stored.stored,
    stored.id,
    event.requestId,
    event.member ?? '',
    stored.kind,
    stored.act,
    outcomeOf(stored),
    stored.interrupted ?? stored.reason,
    stored.service,
    stored.client,
    appName(event),
    personOf(event),
    stored.grant_id,
    event.address ?? '',
    stored.disclosed,
    countsOf(event),
    requestOf(event),
    requestsIn(event),
  ];
}

/** A file of events: what stands before them, what is made of some of them, and what stands at the end. */
export interface EventsFormat {
  name: string;
  type: string;
  head: string;
  of(events: readonly ConsoleEvent[]): string;
  /** @param said whether all are there, in words */
  end(said: string, state: EndOfFile): string;
}

/** All that belongs to it, or all but what is known to be missing, or it was cut. */
type EndOfFile = 'whole' | 'not-all' | 'cut';

/** By these a program that reads the file knows it: of a warning nobody needs to read the words. */
const ISSUES = {
  whole: { severity: 'information', code: 'informational' },
  'not-all': { severity: 'warning', code: 'incomplete' },
  cut: { severity: 'error', code: 'incomplete' },
} as const satisfies Record<EndOfFile, object>;

/** The last line of a CSV file: one cell. */
export const endOfCsv = (said: string): string => csvRows([[`End of file. ${said}`]]);

export const CSV: EventsFormat = {
  name: 'events.csv',
  type: 'text/csv; charset=utf-8',
  head: firstCsvRows([HEADER]),
  of: (events) => csvRows(events.map(csvRow)),
  end: endOfCsv,
};

/** AuditEvents as they are served, one a line, and an OperationOutcome as the last line. */
export const NDJSON: EventsFormat = {
  name: 'events.ndjson',
  type: 'application/fhir+ndjson; charset=utf-8',
  head: '',
  of: (events) => events.map((event) => `${auditEventBody(event)}\n`).join(''),
  end(said, state) {
    const issue = [{ ...ISSUES[state], diagnostics: `End of file. ${said}` }];
    return `${JSON.stringify({ resourceType: 'OperationOutcome', issue })}\n`;
  },
};

export const complete = (events: number, filter: Filter, { said }: Kept): string =>
  `Complete: ${events} events ${filterInWords(filter)}.${said}`;
export const INCOMPLETE = 'INCOMPLETE: reading broke off here, and events are missing. Take the file again.';
