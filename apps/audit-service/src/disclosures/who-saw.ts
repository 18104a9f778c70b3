/** Who got one record: the question after a mistake, answered from the trail alone. */
import type { Pool } from '@patient-access/database';
import { disclosedVersions, EMPTY_BODY_HASH, eventOf } from '@patient-access/events';
import { ID_PREFIX_CHARACTERS } from '../audit-event.ts';
import { interruptionOf } from '../interruption.ts';
import { type ActedFor, actedFor, AGREEING, agreedIn } from './acted-for.ts';
import { readTrail } from '../of-tenant.ts';

/** The text decides only which records are looked at; what left is read off each. */
const DISCLOSURES = `
  SELECT e.id, e.record, ${interruptionOf('e')} AS interrupted FROM trail.audit_event e
   WHERE e.tenant = $1 AND e.member = $2 AND e.kind = 'rest' AND e.outcome = '0' AND strpos(e.record, $3) > 0
   ORDER BY e.stored, e.id`;
const CONSENTS = `
  SELECT e.record FROM trail.audit_event e
   WHERE e.tenant = $1 AND e.member = $2 AND e.kind = 'consent' AND e.act = ANY ($3) ORDER BY e.stored, e.id`;
const WITHDRAWALS = `
  SELECT e.record FROM trail.audit_event e
   WHERE e.tenant = $1 AND e.member = $2 AND e.kind = 'ingest' AND e.act = 'withdraw' ORDER BY e.stored, e.id`;

export interface SeenResource {
  tenant: string;
  member: string;
  type: string;
  id: string;
}

/** A request by which it left. */
export interface Sighting {
  /** id of the AuditEvent */
  event: string;
  /** `Type/id` */
  resource: string;
  /** ISO 8601 */
  recorded: string;
  /** of the resource, as the answer had it */
  versions: string[];
  /** read, search-type … */
  act: string;
  app: string | undefined;
  /** the name of the app at that time */
  appName: string | undefined;
  actedFor: ActedFor;
  login: string | undefined;
  request: string | undefined;
  /** why the answer broke off: it left at most; null: it did not */
  interrupted: string | null;
  /** whether the answer had a body: a 304 says that the app has it, and the answer to a HEAD that there is one */
  hasBody: boolean;
}

/** @returns by how many requests: one may have given several records, each service with an event of its own */
export const countRequests = (sightings: readonly Pick<Sighting, 'event'>[]): number =>
  new Set(sightings.map(({ event }) => event.slice(0, ID_PREFIX_CHARACTERS))).size;

/** @param auditor connections of the auditor role @returns every request by which it left, the oldest first */
export function whoSaw(auditor: Pool, { tenant, member, type, id }: SeenResource): Promise<Sighting[]> {
  return readTrail(auditor, tenant, async (client) => {
    const { rows } = await client.query<Pick<Sighting, 'interrupted'> & { id: string; record: string }>(
      DISCLOSURES,
      [tenant, member, id],
    );
    const consents = await client.query<{ record: string }>(CONSENTS, [tenant, member, AGREEING]);
    const agreed = new Map(agreedIn(consents.rows.map(({ record }) => eventOf(record))));
    return rows.flatMap(({ id: event, record, interrupted }): Sighting[] => {
      const said = eventOf(record);
      const found = disclosedVersions(said).filter((each) => each.type === type && each.id === id);
      if (found.length === 0) return [];
      const { recorded, client: app, user, request, action: act } = said;
      const versions = found.map(({ version }) => version);
      const whose = actedFor(said, member, agreed);
      const whom = { app: app?.id, appName: app?.name, actedFor: whose, login: user?.sub };
      const answer = { interrupted, hasBody: said.bodyHash !== EMPTY_BODY_HASH };
      return [{ event, resource: `${type}/${id}`, recorded, versions, act, ...whom, request, ...answer }];
    });
  });
}

/** That the plan took the record from the member. */
export interface WithdrawalEvent {
  /** ISO 8601 */
  recorded: string;
  by: string | undefined;
  /** `Type/id`, and the reason */
  what: string;
}

/** @returns the withdrawals of this record from this member, the oldest first */
export function withdrawalsOf(
  auditor: Pool,
  { tenant, member, type, id }: SeenResource,
): Promise<WithdrawalEvent[]> {
  return readTrail(auditor, tenant, async (client) => {
    const { rows } = await client.query<{ record: string }>(WITHDRAWALS, [tenant, member]);
    return rows
      .map(({ record }) => eventOf(record))
      .filter(({ request = '' }) => request.startsWith(`${type}/${id}: `))
      .map(({ recorded, user, request = '' }) => ({ recorded, by: user?.sub, what: request }));
  });
}
