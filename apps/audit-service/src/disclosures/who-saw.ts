/** Who got one resource: the question after a mistake, answered from the records alone. */
import { inTransaction, type Pool } from '@patient-access/database';
import { disclosedVersions, eventOf } from '@patient-access/events';

/** The text decides only which records are looked at; what left is read off each. */
const DISCLOSURES = `
  SELECT id, record FROM trail.audit_event
   WHERE tenant = $1 AND member = $2 AND kind = 'rest' AND outcome = '0' AND strpos(record, $3) > 0
   ORDER BY stored, id`;

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
}

/** @param auditor connections of the auditor role @returns every request by which it left, the oldest first */
export function whoSaw(auditor: Pool, { tenant, member, type, id }: SeenResource): Promise<Sighting[]> {
  return inTransaction(auditor, async (client) => {
    await client.query("SELECT set_config('app.tenant', $1, true)", [tenant]);
    const { rows } = await client.query<{ id: string; record: string }>(DISCLOSURES, [tenant, member, id]);
    return rows.flatMap(({ id: event, record }): Sighting[] => {
      const said = eventOf(record);
      const found = disclosedVersions(said).filter((each) => each.type === type && each.id === id);
      if (found.length === 0) return [];
      const { recorded, client: app, user, request } = said;
      const versions = found.map(({ version }) => version);
      return [{ event, recorded, versions, app: app?.id, login: user?.sub, request }];
    });
  });
}
