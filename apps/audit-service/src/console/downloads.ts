/** The files that an auditor can download, by file name. */
import { invalid } from '@patient-access/fhir';
import { disclosuresCsv, disclosuresOf } from './disclosures.ts';
import { disclosuresPdf } from './disclosures-pdf.ts';
import { type Ask, asCsv, asNdjson, eventsOf, headsOf, manifest, uptoOf } from './export.ts';
import { type Filter, filterOf, type Query } from './filter.ts';

interface Download {
  type: string;
  body: Buffer;
  /** number of events that the file is made of */
  events: number;
}

interface DownloadInput {
  tenant: string;
  query: Query;
  ask: Ask;
}

type File = (asked: DownloadInput) => Promise<Download>;

const CSV = 'text/csv; charset=utf-8';
const NDJSON = 'application/fhir+ndjson; charset=utf-8';

/** An accounting is about one member. @throws OperationError 400 when the filter has none */
function ofMember(filter: Filter): Filter & { member: string } {
  const { member } = filter;
  if (member === undefined)
    throw invalid('patient: required, because an accounting is about one member.', 'patient');
  return { ...filter, member };
}

const eventsFile =
  (type: string, write: (events: Awaited<ReturnType<typeof eventsOf>>['events']) => string): File =>
  async ({ tenant, query, ask }) => {
    const { events } = await eventsOf(ask, tenant, filterOf(query));
    return { type, body: Buffer.from(write(events)), events: events.length };
  };

const manifestFile: File = async ({ tenant, query, ask }) => {
  const heads = await headsOf(ask, tenant);
  const filter = { upto: uptoOf(heads), ...filterOf(query) };
  const { events, complete } = await eventsOf(ask, tenant, filter);
  const body = Buffer.from(manifest({ tenant, filter, heads, complete }, events));
  return { type: 'application/json; charset=utf-8', body, events: events.length };
};

const accounting =
  (write: 'csv' | 'pdf'): File =>
  async ({ tenant, query, ask }) => {
    const filter = ofMember(filterOf(query));
    const { events, complete } = await eventsOf(ask, tenant, filter);
    const disclosures = disclosuresOf(events, filter.zone);
    const { member: patient, from, to, zone } = filter;
    if (write === 'csv')
      return { type: CSV, body: Buffer.from(disclosuresCsv(disclosures)), events: events.length };
    const body = await disclosuresPdf({ plan: tenant, patient, from, to, zone, disclosures, complete });
    return { type: 'application/pdf', body, events: events.length };
  };

export const DOWNLOADS: ReadonlyMap<string, File> = new Map([
  ['events.csv', eventsFile(CSV, asCsv)],
  ['events.ndjson', eventsFile(NDJSON, asNdjson)],
  ['manifest.json', manifestFile],
  ['disclosures.csv', accounting('csv')],
  ['disclosures.pdf', accounting('pdf')],
]);
