/** A filter as SQL on a row `e` of trail.audit_event. All values are parameters of the statement. */
import { issuerPath } from '@patient-access/internal-api';
import { idPrefixOf } from '../audit-event.ts';
import { CLOCKS_DIFFER, isOfKind, WITHOUT_MEMBER } from '../columns.ts';
import { isInterruption, serviceIn } from '../interruption.ts';
import { term } from '../term.ts';
import type { Filter } from './filter.ts';
import { spellingsOf } from './recorded-forms.ts';

/** The values of a statement. They begin with the tenant, the period's days and its time zone. */
export class ConsoleValues {
  readonly list: unknown[];

  constructor(tenant: string, { from, to, zone }: Filter) {
    this.list = [tenant, from, to, zone];
  }

  /** @returns the value's placeholder */
  readonly bind = (value: unknown): string => `$${this.list.push(value)}`;
}

type Bind = ConsoleValues['bind'];

/** SQL: how the plan's own issuer ends, whatever the host. */
const OUR_ISSUER = `'${issuerPath("' || $1 || '")}'`;

const REFERENCE = /^(.*?)(?:\/_history\/(.*))?$/;

/**
 * An event of a read names its resource: the reference is a term, which the index of a member has, and stands in the record
 * with the version. Every event about a member has the term of her Patient, so the record decides. An event of a search lists
 * by type what left, as `eob-1 eob-2/3`: a version other than 1 stands behind its id (libs/events).
 */
function ofResource(named: string, bind: Bind): string {
  const [, reference = '', version] = REFERENCE.exec(named) ?? [];
  const [type = '', id = ''] = reference.split('/');
  const ofTerm = `e.terms && ${bind(`{${term('entity', reference)}}`)}::bigint[]`;
  const ofRecord = `e.record::json #>> '{resource,reference}' = ${bind(reference)}`;
  const ofVersion =
    version === undefined ? '' : ` AND e.record::json #>> '{resource,version}' = ${bind(version)}`;
  const left = `' ' || (e.record::json -> 'resources' ->> ${bind(type)}) || ' '`;
  const listed =
    version === undefined ? [` ${id} `, ` ${id}/`] : [version === '1' ? ` ${id} ` : ` ${id}/${version} `];
  const found = listed.map((text) => `position(${bind(text)} IN ${left}) > 0`);
  return `((${ofTerm} AND ${ofRecord}${ofVersion}) OR ${found.join(' OR ')})`;
}

/**
 * Outcomes of AuditEvent. Postgres concludes `outcome <> '0'`, which an index is limited to, from these values. To say it as
 * well would make it expect a twentieth of the rows, and then read and sort all of them.
 */
const OF_OUTCOME: Record<NonNullable<Filter['outcome']>, string> = {
  given: "e.outcome = '0'",
  refused: `e.outcome IN ('4', '8') AND NOT (${isInterruption('e')})`,
  failed: "e.outcome = '12'",
  interrupted: isInterruption('e'),
};

/** Nearly all reads have one of these acts, and are found by time. The others have an index. */
const USUAL_READS = ['read', 'search-type'];

function ofAction(action: string, bind: Bind): string {
  const [kind = '', act] = action.split(/\/(.*)/s);
  const ofAct = act === undefined ? '' : ` AND e.act = ${bind(act)}`;
  if (kind !== 'rest') return `${isOfKind('e', bind(kind))}${ofAct}`;
  const isRare = act !== undefined && !USUAL_READS.includes(act);
  return `e.kind = 'rest'${ofAct}${isRare ? " AND e.act NOT IN ('read', 'search-type')" : ''}`;
}

/**
 * The conditions that an index serves, the most selective first: the first that a filter has drives its statements. For
 * each, the rows come in the order of storing.
 */
const INDEXED: readonly [keyof Filter, (value: string, bind: Bind) => string][] = [
  ['member', (member, bind) => `e.member = ${bind(member)}`],
  ['client', (client, bind) => `e.client = ${bind(client)}`],
  ['reason', (reason, bind) => `e.reason = ${bind(reason)}`],
  ['action', ofAction],
  ['outcome', (outcome) => OF_OUTCOME[outcome as keyof typeof OF_OUTCOME]],
];

/**
 * An administrator whom the plan's identity provider names has its subject as login, and a name beside it, which is what entries
 * show. A login of ours may have the same name, and has another issuer. No administrator reads records.
 */
function ofAdministrator(named: string, bind: Bind): string {
  const name = bind(named);
  const issuer = "e.record::json #>> '{user,iss}'";
  const isOurs = `right(${issuer}, length(${OUR_ISSUER})) = ${OUR_ISSUER}`;
  return `(e.login = ${name} OR (e.kind <> 'rest' AND e.login IS NOT NULL
           AND e.record::json #>> '{user,name}' = ${name} AND NOT ${isOurs}))`;
}

/** Conditions that Postgres has to look for in each row. */
const LOOKED_AT: readonly [keyof Filter, (value: string, bind: Bind) => string][] = [
  ['login', (login, bind) => `e.login = ${bind(login)}`],
  ['administrator', ofAdministrator],
  [
    'address',
    (address, bind) => `e.record::json ->> 'address' = ANY (${bind(spellingsOf(address))}::text[])`,
  ],
  ['resource', ofResource],
  ['service', (service, bind) => `${serviceIn('e.service')} = ${bind(service)}`],
];

function conditionsOf(
  filter: Filter,
  table: readonly [keyof Filter, (value: string, bind: Bind) => string][],
  bind: Bind,
): string[] {
  return table.flatMap(([name, condition]) => {
    const value = filter[name];
    return typeof value === 'string' ? [condition(value, bind)] : [];
  });
}

/** What an app was refused for one reason has an index of its own. */
function indexedOf(filter: Filter, bind: Bind): string[] {
  const { member, client, reason, ...rest } = filter;
  if (member !== undefined || client === undefined || reason === undefined)
    return conditionsOf(filter, INDEXED, bind);
  return [`e.client = ${bind(client)} AND e.reason = ${bind(reason)}`, ...conditionsOf(rest, INDEXED, bind)];
}

/**
 * What of a member's events stands in her index as terms (src/term.ts), so that what does not match is passed over without
 * its row: the app, and how data was read.
 */
export function termsInIndex({ member, client, action = '' }: Filter): string[] {
  if (member === undefined || member === WITHOUT_MEMBER) return [];
  const [, act] = /^rest\/(.+)$/s.exec(action) ?? [];
  return [
    ...(client === undefined ? [] : [term('agent', `|${client}`)]),
    ...(act === undefined ? [] : [term('subtype value', act)]),
  ];
}

/** SQL: the row is not behind the ends of the chains that the filter names. */
export function beforeEnds(row: string, { upto }: Filter, bind: Bind): string {
  if (upto === undefined) return 'true';
  return `${row}.seq <= (${bind(`{${upto.replaceAll('.', ',')}}`)}::bigint[])[${row}.lane + 1]`;
}

/** SQL: the row may be of the filter's period, by the time of storing. */
export function storedIn(row: string, { latest }: Filter, bind: Bind): string {
  const since = `${row}.stored >= $2::date::timestamp AT TIME ZONE $4 - ${CLOCKS_DIFFER}`;
  return latest ? `${since} AND ${row}.stored <= ${bind(latest.toISOString())}` : since;
}

export interface Narrowed {
  /** what an index serves: the tenant, the time of storing, and the first condition of the filter that has an index */
  driving: string;
  /** the other conditions */
  others: string;
}

/** @param values of the tenant and the filter's period */
export function narrowed(tenant: string, filter: Filter, { bind }: ConsoleValues): Narrowed {
  const { request } = filter;
  const [first, ...indexed] = indexedOf(filter, bind);
  const looked = conditionsOf(filter, LOOKED_AT, bind);
  const prefix = request && idPrefixOf({ tenant, requestId: request });
  const byRequest = prefix && ` AND e.id >= ${bind(prefix)} AND e.id < ${bind(`${prefix}~`)}`;
  const driving = `e.tenant = $1 AND ${storedIn('e', filter, bind)}${byRequest ?? (first ? ` AND ${first}` : '')}`;
  const others = [
    'e.recorded >= $2::date::timestamp AT TIME ZONE $4',
    'e.recorded < ($3::date + 1)::timestamp AT TIME ZONE $4',
    ...(byRequest && first ? [first] : []),
    ...indexed,
    ...looked,
    beforeEnds('e', filter, bind),
  ].join(' AND ');
  return { driving, others };
}
