/**
 * The file about a record that stood under the wrong person, for whoever decides whether that was a breach (45 CFR 164.402) and
 * writes the letter (164.404): who got it, when, what kind of data it was.
 */
import { CARD_LINK_CLIENT_ID, MEMBER_PAGES_CLIENT_ID } from '@patient-access/events';
import { csvRows, firstCsvRows } from '@patient-access/pages';
import { definitions } from '@patient-access/fhir';
import { endOfCsv } from '../console/files/export.ts';
import type { KnownApps } from './known-apps.ts';
import { countRequests, type Sighting, type WithdrawalEvent } from './who-saw.ts';

/** The parts of the file. */
interface SightingsFile {
  tenant: string;
  /** under whom it stood */
  member: string;
  resources: readonly { type: string; id: string }[];
  sightings: readonly Sighting[];
  withdrawals: readonly WithdrawalEvent[];
  apps: KnownApps;
  /** what may be missing: sentences, each beginning with a space */
  said: readonly string[];
}

/** The file is made by a role that sees neither of both. */
const NOT_LOOKED_AT =
  ' Whether dead letters wait, and whether the trail verifies, say audit:dead-letters list and audit:verify.';

const COLUMNS = [
  ...[
    'time (UTC)',
    'record',
    'kind of data',
    'versions',
    'how',
    'app',
    'app id',
    'publisher',
    'web page',
    'contact',
  ],
  ...['the app acted for', 'login', 'answer', 'request', 'AuditEvent'],
];

const UNKNOWN = 'not known';
const ACTED_FOR = {
  'the member': 'the person under whom it stood',
  'another login': 'somebody who may see this person’s data',
  nobody: 'no person: the app in its own name',
  unknown: UNKNOWN,
} satisfies Record<Sighting['actedFor'], string>;

/** Who is no app although the trail has a client id of it. */
const NO_APPS: ReadonlyMap<string, string> = new Map([
  [MEMBER_PAGES_CLIENT_ID, 'the plan’s own pages'],
  [CARD_LINK_CLIENT_ID, 'those who opened links to the card'],
]);

function nameOf({ app = '', appName }: Sighting, known: string | undefined): string {
  if (app === CARD_LINK_CLIENT_ID && appName !== undefined) return `${appName}, as it calls itself`;
  return appName ?? known ?? NO_APPS.get(app) ?? UNKNOWN;
}

/** In words: how many apps, and who else, in how many requests. */
function recipientsOf(sightings: readonly Sighting[]): string {
  const clients = new Set(sightings.map(({ app = '' }) => app));
  const others = [...NO_APPS].filter(([id]) => clients.delete(id)).map(([, words]) => words);
  return `${[`${clients.size} apps`, ...others].join(', ')}, in ${countRequests(sightings)} requests`;
}

const kindOf = (type: string) => definitions.get(type)?.consentKind ?? UNKNOWN;
const typeIn = ({ resource }: Sighting) => resource.split('/')[0] ?? '';

function answerOf({ interrupted, hasBody }: Sighting): string {
  if (!hasBody) return 'without a body (304 or HEAD)';
  return interrupted === null ? 'sent' : `broke off (${interrupted}): it left at most`;
}

function rowOf(sighting: Sighting, apps: KnownApps): string[] {
  const { recorded, resource, versions, act, app = '', actedFor, login, request, event } = sighting;
  const known = apps.get(app);
  return [
    ...[recorded, resource, kindOf(typeIn(sighting)), versions.join(' '), act],
    ...[nameOf(sighting, known?.name), app || UNKNOWN],
    ...[known?.publisher ?? UNKNOWN, known?.webPage ?? UNKNOWN, known?.contacts.join(' ') || UNKNOWN],
    ...[ACTED_FOR[actedFor], login ?? ''],
    answerOf(sighting),
    ...[request ?? '', event],
  ];
}

function head({ tenant, member, resources, sightings, withdrawals }: SightingsFile): string[][] {
  const taken = withdrawals.map(({ recorded, by, what }) => [
    'withdrawn',
    `${recorded} by ${by ?? UNKNOWN}: ${what}`,
  ]);
  const [first, last] = [sightings[0], sightings.at(-1)];
  return [
    ['plan', tenant],
    ['stood under', `Patient/${member}`],
    ...resources.map(({ type, id }) => ['record', `${type}/${id}, kind of data: ${kindOf(type)}`]),
    ...(taken.length > 0 ? taken : [['withdrawn', 'the trail does not say so']]),
    ['sent to', recipientsOf(sightings)],
    ['first and last', first && last ? `${first.recorded} to ${last.recorded}` : 'never'],
    ['note', 'The trail says what an app got. Whether a person looked at it there, only the app can say.'],
  ];
}

/** @returns CSV, whose last line says that the file is whole, and what it cannot have */
export function sightingsCsv(file: SightingsFile): string {
  const rows = file.sightings.map((sighting) => rowOf(sighting, file.apps));
  const complete = `Complete: ${countRequests(file.sightings)} requests in ${rows.length} lines.`;
  const end = endOfCsv(`${complete}${file.said.join('')}${NOT_LOOKED_AT}`);
  return firstCsvRows(head(file)) + csvRows([[''], COLUMNS, ...rows]) + end;
}
