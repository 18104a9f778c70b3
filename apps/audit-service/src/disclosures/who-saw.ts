/** Who got one resource: the question after a mistake, answered from the records alone. */
import { inTransaction, type Pool } from '@patient-access/database';
import { disclosedVersions, eventOf } from '@patient-access/events';
import { interruptionOf } from '../interruption.ts';

/** The text decides only which records are looked at; what left is read off each. */
const DISCLOSURES = `
  SELECT e.id, e.record, ${interruptionOf('e')} AS interrupted FROM trail.audit_event e
   WHERE e.tenant = $1 AND e.member = $2 AND e.kind = 'rest' AND e.outcome = '0' AND strpos(e.record, $3) > 0
   ORDER BY e.stored, e.id`;

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
  /** ISO 8601 */
  recorded: string;
  /** of the resource, as the answer had it */
  versions: string[];
  app: string | undefined;
  login: string | undefined;
  request: string | undefined;
  /** why the answer broke off: it left at most; null: it did not */
  interrupted: string | null;
}

/** @param auditor connections of the auditor role @returns every request by which it left, the oldest first */
export function whoSaw(auditor: Pool, { tenant, member, type, id }: SeenResource): Promise<Sighting[]> {
  return inTransaction(auditor, async (client) => {
    await client.query("SELECT set_config('app.tenant', $1, true)", [tenant]);
    const { rows } = await client.query<Pick<Sighting, 'interrupted'> & { id: string; record: string }>(
      DISCLOSURES,
      [tenant, member, id],
    );
    return rows.flatMap(({ id: event, record, interrupted }): Sighting[] => {
      const said = eventOf(record);
      const found = disclosedVersions(said).filter((each) => each.type === type && each.id === id);
      if (found.length === 0) return [];
      const { recorded, client: app, user, request } = said;
      const versions = found.map(({ version }) => version);
      return [{ event, recorded, versions, app: app?.id, login: user?.sub, request, interrupted }];
    });
  });
}
